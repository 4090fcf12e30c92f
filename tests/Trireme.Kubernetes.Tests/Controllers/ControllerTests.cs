using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Timing;

namespace Trireme.Kubernetes.Tests.Controllers;

public sealed class ControllerTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly MetricRegistry _metrics = new();
    private readonly Channel<string> _reconciled = Channel.CreateUnbounded<string>();

    [Fact]
    public async Task A_failing_key_is_tried_again_with_growing_pauses_while_others_go_on()
    {
        int failures = 0;
        await using var running = Run(key => key == "bad" && ++failures < 3 ? throw new IOException("no") : ReconcileResult.Done);
        running.Controller.Queue.Add("bad");
        running.Controller.Queue.Add("good");
        Assert.Equal(["bad", "good"], await Read(2));
        await AdvanceUntilDelayed(running, TimeSpan.FromMilliseconds(100));
        Assert.Equal(["bad"], await Read(1));
        await AdvanceUntilDelayed(running, TimeSpan.FromMilliseconds(200));
        Assert.Equal(["bad"], await Read(1));
        Assert.Contains("trireme_operator_reconciles_total{controller=\"test\",result=\"error\"} 2", _metrics.ToText());
    }

    [Fact]
    public async Task A_result_with_a_time_brings_the_key_back_then()
    {
        await using var running = Run(_ => ReconcileResult.After(TimeSpan.FromSeconds(30)));
        running.Controller.Queue.Add("a");
        await Read(1);
        await AdvanceUntilDelayed(running, TimeSpan.FromSeconds(30));
        Assert.Equal(["a"], await Read(1));
    }

    [Fact]
    public async Task A_conflict_is_no_error_and_is_tried_again()
    {
        bool first = true;
        await using var running = Run(_ =>
        {
            if (!first) return ReconcileResult.Done;
            first = false;
            throw new ApiException(
                HttpMethod.Put, new Uri("x", UriKind.Relative), HttpStatusCode.Conflict, new Status { Reason = "Conflict" });
        });
        running.Controller.Queue.Add("a");
        await Read(1);
        await AdvanceUntilDelayed(running, TimeSpan.FromMilliseconds(100));
        await Read(1);
        string text = _metrics.ToText();
        Assert.Contains("result=\"conflict\"} 1", text);
        Assert.Contains("result=\"error\"} 0", text);
    }

    [Fact]
    public void Metrics_exist_before_the_first_reconcile()
    {
        using var controller = new Controller<string>(
            new ControllerOptions { Name = "idle" }, (_, _) => Task.FromResult(ReconcileResult.Done), _metrics,
            NullLogger<Controller<string>>.Instance, _time);
        string text = _metrics.ToText();
        foreach (string result in (string[])["done", "requeued", "conflict", "error"])
        {
            Assert.Contains($"trireme_operator_reconciles_total{{controller=\"idle\",result=\"{result}\"}} 0", text);
        }

        Assert.Contains("trireme_operator_queue_depth{controller=\"idle\"} 0", text);
    }

    [Fact]
    public async Task Every_log_line_of_a_reconcile_carries_its_id()
    {
        var logger = new ScopeLogger();
        using var stop = new CancellationTokenSource();
        using var controller = new Controller<string>(
            new ControllerOptions { Name = "test" },
            async (key, _) =>
            {
                await _reconciled.Writer.WriteAsync(key, CancellationToken.None);
                throw new IOException("no");
            },
            _metrics, logger, _time);
        Task running = controller.RunAsync(stop.Token);
        controller.Queue.Add("a");
        await Read(1);
        Assert.Contains("(reconcile 1)", await logger.First.Task);
        Assert.Contains(logger.Scopes, scope => scope.Contains(new KeyValuePair<string, object>("ReconcileId", "1")));
        await stop.CancelAsync();
        await running;
    }

    /// <summary>Many keys, several workers, random failures: each key is reconciled in the end and never by two workers at once.</summary>
    [Fact]
    public async Task Every_key_is_reconciled_in_the_end_and_never_twice_at_once()
    {
        const int Keys = 200;
        var random = new Random(7);
        var inside = new ConcurrentDictionary<string, bool>();
        var done = new ConcurrentDictionary<string, bool>();
        var all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        bool overlapped = false;
        using var stop = new CancellationTokenSource();
        using var controller = new Controller<string>(
            new ControllerOptions
            {
                Name = "test",
                Workers = 8,
                Backoff = new Backoff { First = TimeSpan.FromMilliseconds(1), Longest = TimeSpan.FromMilliseconds(4) },
            },
            async (key, _) =>
            {
                if (!inside.TryAdd(key, true)) overlapped = true;
                await Task.Yield();
                inside.TryRemove(key, out bool _);
                int roll;
                lock (random) roll = random.Next(4);
                if (roll == 0) throw new IOException("no");
                if (roll == 1) return ReconcileResult.After(TimeSpan.FromMilliseconds(1));
                if (done.TryAdd(key, true) && done.Count == Keys) all.TrySetResult();
                return ReconcileResult.Done;
            },
            _metrics, NullLogger<Controller<string>>.Instance, TimeProvider.System);
        Task running = controller.RunAsync(stop.Token);
        for (int round = 0; round < 3; round++)
        {
            for (int i = 0; i < Keys; i++) controller.Queue.Add($"key-{i}");
        }

        await all.Task.WaitAsync(TimeSpan.FromSeconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        await running;
        Assert.False(overlapped);
    }

    private Running Run(Func<string, ReconcileResult> reconcile)
    {
        var controller = new Controller<string>(
            new ControllerOptions { Name = "test", Workers = 1 },
            async (key, _) =>
            {
                await _reconciled.Writer.WriteAsync(key, CancellationToken.None);
                return reconcile(key);
            },
            _metrics, NullLogger<Controller<string>>.Instance, _time);
        return new Running(controller);
    }

    private async Task<List<string>> Read(int count)
    {
        var keys = new List<string>();
        while (keys.Count < count) keys.Add(await _reconciled.Reader.ReadAsync(TestContext.Current.CancellationToken));
        return keys;
    }

    /// <summary>The worker has announced its key a moment before it queues the next try; time moves once that has happened.</summary>
    private async Task AdvanceUntilDelayed(Running running, TimeSpan pause)
    {
        while (running.Controller.Queue.Delayed == 0) await Task.Yield();
        _time.Advance(pause);
    }

    private sealed class Running : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _task;

        public Running(Controller<string> controller)
        {
            Controller = controller;
            _task = controller.RunAsync(_stop.Token);
        }

        public Controller<string> Controller { get; }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await _task;
            Controller.Dispose();
            _stop.Dispose();
        }
    }

    private sealed class ScopeLogger : ILogger<Controller<string>>
    {
        public ConcurrentQueue<IReadOnlyList<KeyValuePair<string, object>>> Scopes { get; } = new();

        public TaskCompletionSource<string> First { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            if (state is IReadOnlyList<KeyValuePair<string, object>> scope) Scopes.Enqueue(scope);
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            First.TrySetResult(formatter(state, exception));
    }
}
