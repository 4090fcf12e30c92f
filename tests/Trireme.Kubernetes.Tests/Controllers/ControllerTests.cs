using System.Collections.Concurrent;
using System.Net;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Timing;
using Trireme.Testing;

namespace Trireme.Kubernetes.Tests.Controllers;

public sealed class ControllerTests : IDisposable
{
    private readonly TimeDriver _driver = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly MetricRegistry _metrics = new();
    private readonly List<string> _reconciled = [];
    private Controller<string>? _controller;

    public void Dispose()
    {
        _stop.Cancel();
        _driver.RunUntilIdle();
        _driver.Dispose();
        _controller?.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public void A_failing_key_is_tried_again_with_growing_pauses_while_others_go_on()
    {
        int failures = 0;
        Run(key => key == "bad" && ++failures < 3 ? throw new IOException("no") : ReconcileResult.Done);
        Add("bad", "good");
        Assert.Equal(["bad", "good"], Reconciled());
        _driver.AdvanceBy(TimeSpan.FromMilliseconds(99));
        Assert.Empty(Reconciled());
        _driver.AdvanceBy(TimeSpan.FromMilliseconds(1));
        Assert.Equal(["bad"], Reconciled());
        _driver.AdvanceBy(TimeSpan.FromMilliseconds(199));
        Assert.Empty(Reconciled());
        _driver.AdvanceBy(TimeSpan.FromMilliseconds(1));
        Assert.Equal(["bad"], Reconciled());
        Assert.Contains("trireme_operator_reconciles_total{controller=\"test\",result=\"error\"} 2", _metrics.ToText());
    }

    [Fact]
    public void A_result_with_a_time_brings_the_key_back_then()
    {
        Run(_ => ReconcileResult.After(TimeSpan.FromSeconds(30)));
        Add("a");
        Assert.Equal(["a"], Reconciled());
        _driver.AdvanceBy(TimeSpan.FromSeconds(29));
        Assert.Empty(Reconciled());
        _driver.AdvanceBy(TimeSpan.FromSeconds(1));
        Assert.Equal(["a"], Reconciled());
    }

    [Fact]
    public void A_conflict_is_no_error_and_is_tried_again()
    {
        bool first = true;
        Run(_ =>
        {
            if (!first) return ReconcileResult.Done;
            first = false;
            throw new ApiException(
                HttpMethod.Put, new Uri("x", UriKind.Relative), HttpStatusCode.Conflict, new Status { Reason = "Conflict" });
        });
        Add("a");
        Assert.Equal(["a"], Reconciled());
        _driver.AdvanceBy(TimeSpan.FromMilliseconds(100));
        Assert.Equal(["a"], Reconciled());
        string text = _metrics.ToText();
        Assert.Contains("result=\"conflict\"} 1", text);
        Assert.Contains("result=\"error\"} 0", text);
    }

    [Fact]
    public void Metrics_exist_before_the_first_reconcile()
    {
        using var controller = new Controller<string>(
            new ControllerOptions { Name = "idle" }, (_, _) => Task.FromResult(ReconcileResult.Done), _metrics,
            NullLogger<Controller<string>>.Instance, _driver.Time);
        string text = _metrics.ToText();
        foreach (string result in (string[])["done", "requeued", "conflict", "error"])
        {
            Assert.Contains($"trireme_operator_reconciles_total{{controller=\"idle\",result=\"{result}\"}} 0", text);
        }

        Assert.Contains("trireme_operator_queue_depth{controller=\"idle\"} 0", text);
    }

    [Fact]
    public void Every_log_line_of_a_reconcile_carries_its_id()
    {
        var logger = new ScopeLogger();
        Run(_ => throw new IOException("no"), logger);
        Add("a");
        Assert.Contains("(reconcile 1)", logger.First);
        Assert.Contains(logger.Scopes, scope => scope.Contains(new KeyValuePair<string, object>("ReconcileId", "1")));
    }

    /// <summary>
    /// Many keys, several workers on threads of their own, random failures: each key is reconciled in the end and never by two workers
    /// at once. Real threads and real pauses, because only they show a race.
    /// </summary>
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

    private void Run(Func<string, ReconcileResult> reconcile, ILogger<Controller<string>>? logger = null)
    {
        _controller = new Controller<string>(
            new ControllerOptions { Name = "test", Workers = 1 },
            (key, _) =>
            {
                _reconciled.Add(key);
                return Task.FromResult(reconcile(key));
            },
            _metrics, logger ?? NullLogger<Controller<string>>.Instance, _driver.Time);
        _driver.Start(() => _controller.RunAsync(_stop.Token));
    }

    private void Add(params string[] keys)
    {
        foreach (string key in keys) _controller!.Queue.Add(key);
        _driver.RunUntilIdle();
    }

    /// <summary>What was reconciled since this was last asked.</summary>
    private List<string> Reconciled()
    {
        List<string> keys = [.. _reconciled];
        _reconciled.Clear();
        return keys;
    }

    private sealed class ScopeLogger : ILogger<Controller<string>>
    {
        public List<IReadOnlyList<KeyValuePair<string, object>>> Scopes { get; } = [];

        public string? First { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            if (state is IReadOnlyList<KeyValuePair<string, object>> scope) Scopes.Add(scope);
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            First ??= formatter(state, exception);
    }
}
