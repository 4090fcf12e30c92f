using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Trireme.Testing;
using Trireme.Worker.Hosting;

namespace Trireme.Worker.Tests.Hosting;

/// <summary>What a replica's log holds when somebody asks why it died.</summary>
public sealed class WorkerLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Lines _lines = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_log_tells_a_life_from_its_beginning_to_its_end()
    {
        var lifecycle = new WorkerLifecycle();
        var run = new WorkerRun(
            new WorkerOptions
            {
                ModelPath = TinyModel.Write(_folder.File("tiny")),
                EndpointFile = _folder.File("endpoint.json"),
                ReleaseName = "tiny-1",
                ContentHash = "sha256:0123456789abcdef",
                MemoryBytes = 256 << 20,
                DrainTimeout = TimeSpan.FromSeconds(7),
            },
            lifecycle,
            _lines,
            TimeProvider.System);
        Task<int> ended = run.RunAsync(new TaskCompletionSource().Task);
        await Eventually.True(
            "a ready worker",
            TimeSpan.FromSeconds(20),
            () => Task.FromResult(_lines.Texts.Any(static line => line.Contains("is ready", StringComparison.Ordinal))),
            TestContext.Current.CancellationToken);
        lifecycle.Drain();
        Assert.Equal(WorkerExitCode.Drained, await ended);

        string[] told = [.. _lines.Texts];
        Assert.StartsWith($"Serves tiny from {_folder.File("tiny")}, release tiny-1, content hash sha256:0123456789abcdef, ", told[0]);
        Assert.Contains("memory budget 256.0 MiB, 1 threads, ", told[0], StringComparison.Ordinal);
        AssertInOrder(
            told,
            "^Listens at http://127\\.0\\.0\\.1:[0-9]+ as process [0-9]+$",
            "^tiny is ready after [0-9.]+ s: .*weights [0-9.]+ s, .*; [0-9]+ MiB of memory in use$",
            "^Drains: 0 open requests have 7 s to end$",
            "^Ends with exit code 0, as it was asked to, after [0-9.]+ s$");
    }

    [Fact]
    public async Task A_start_that_fails_ends_with_its_reason_and_its_code()
    {
        var run = new WorkerRun(
            new WorkerOptions { ModelPath = _folder.File("nothing") }, new WorkerLifecycle(), _lines, TimeProvider.System);
        int code = await run.RunAsync(new TaskCompletionSource().Task);
        AssertInOrder(
            [.. _lines.Texts], "^Serves nothing from ", "^The worker cannot start: ", $"^Ends with exit code {code}, because it ");
    }

    private static void AssertInOrder(string[] lines, params string[] patterns)
    {
        int at = 0;
        foreach (string pattern in patterns)
        {
            int found = Array.FindIndex(lines, at, line => System.Text.RegularExpressions.Regex.IsMatch(line, pattern));
            Assert.True(found >= 0, $"{pattern} is not among: {string.Join(" | ", lines[at..])}");
            at = found + 1;
        }
    }

    private sealed class Lines : ILoggerFactory
    {
        private readonly ConcurrentQueue<string> _texts = new();

        public IEnumerable<string> Texts => _texts;

        public ILogger CreateLogger(string categoryName) =>
            new Recorder(this, categoryName.StartsWith("Trireme.", StringComparison.Ordinal));

        public void AddProvider(ILoggerProvider provider)
        {
        }

        public void Dispose()
        {
        }

        private sealed class Recorder(Lines lines, bool isOwn) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => null;

            public bool IsEnabled(LogLevel logLevel) => isOwn && logLevel >= new WorkerOptions { ModelPath = "" }.LogLevel;

            public void Log<TState>(
                LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                if (IsEnabled(logLevel)) lines._texts.Enqueue(formatter(state, exception));
            }
        }
    }
}
