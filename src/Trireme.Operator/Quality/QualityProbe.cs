using Microsoft.Extensions.Logging;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Timing;
using Trireme.Fleet.Rollouts;
using Trireme.Kubernetes;

namespace Trireme.Operator.Quality;

/// <summary>
/// Scores held-out texts, and asks tasks, on both releases of a rollout in the background, once for each step. Control loops ask for what
/// is known and are told when there is more.
/// </summary>
internal sealed partial class QualityProbe(ILogger<QualityProbe> logger, TimeProvider time) : IQualityProbe, IAsyncDisposable
{
    private static readonly TimeSpan TextTimeout = TimeSpan.FromSeconds(20);

    /// <summary>Longest time for all texts on both releases: many texts, each just within its own time, must not take hours.</summary>
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(15);

    private readonly CompletionScorer _scorer = new();
    private readonly BackgroundWork _work = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<ResourceKey, Run> _runs = [];

    /// <summary>One probe at a time: scoring takes engines' time from their clients.</summary>
    private readonly ConcurrencyGate _turn = new(1);

    public event Action<ResourceKey>? Finished;

    public QualityResult Read(ResourceKey service, int step, QualityComparison comparison)
    {
        lock (_lock)
        {
            _runs.TryGetValue(service, out Run? run);
            if (run is not null && run.IsFor(step, comparison) && !run.IsStale(time.GetSteadyTime())) return run.Result;

            // A run for an earlier step goes on unread: its engines may be gone, and it ends by its own timeouts.
            run = new Run(step, comparison);
            _runs[service] = run;
            _work.Start(cancellationToken => ProbeAsync(service, run, cancellationToken));
            return run.Result;
        }
    }

    public void Forget(ResourceKey service)
    {
        lock (_lock)
        {
            _runs.Remove(service);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _work.DisposeAsync();
        _scorer.Dispose();
    }

    private async Task ProbeAsync(ResourceKey service, Run run, CancellationToken cancellationToken)
    {
        try
        {
            QualityResult result = await _turn.RunAsync(() => CompareAsync(run.Comparison, cancellationToken), cancellationToken);
            run.End(result, time.GetSteadyTime());
        }
        catch (Exception exception) when (
            exception is HttpRequestException or IOException or InvalidDataException
            || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            string why = exception is OperationCanceledException
                ? $"no answer within {TextTimeout.TotalSeconds:0} s, or not all texts within {ProbeTimeout.TotalMinutes:0} minutes"
                : exception.Message;
            run.End(new QualityResult([], $"The quality probe could not score the texts: {why.TrimEnd('.')}."), time.GetSteadyTime());
            LogInconclusive(exception, service);
        }

        Finished?.Invoke(service);
    }

    private async Task<QualityResult> CompareAsync(QualityComparison comparison, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(ProbeTimeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        var pairs = new List<QualityPair>(comparison.Prompts.Count);
        for (int i = 0; i < comparison.Prompts.Count; i++)
        {
            double baseline = await ScoreAsync(comparison.Baseline, comparison.Service, comparison.Prompts[i], linked.Token);
            double candidate = await ScoreAsync(comparison.Candidate, comparison.Service, comparison.Prompts[i], linked.Token);
            pairs.Add(new QualityPair(i, baseline, candidate));
        }

        var tasks = new List<TaskPair>(comparison.Tasks.Count);
        for (int i = 0; i < comparison.Tasks.Count; i++)
        {
            GateTask task = comparison.Tasks[i];
            bool before = TaskSuite.IsSolved(task, await AskAsync(comparison.Baseline, comparison.Service, task, linked.Token));
            bool after = TaskSuite.IsSolved(task, await AskAsync(comparison.Candidate, comparison.Service, task, linked.Token));
            tasks.Add(new TaskPair(i, before, after));
        }

        return new QualityResult(pairs) { Tasks = tasks };
    }

    private Task<double> ScoreAsync(EngineAddress engine, string service, string text, CancellationToken cancellationToken) =>
        InTimeAsync(token => _scorer.ScoreAsync(engine, service, text, token), cancellationToken);

    private Task<string> AskAsync(EngineAddress engine, string service, GateTask task, CancellationToken cancellationToken) =>
        InTimeAsync(token => _scorer.AskAsync(engine, service, task.Prompt, task.MaxTokens, token), cancellationToken);

    private async Task<T> InTimeAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(TextTimeout, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        return await work(linked.Token);
    }

    [LoggerMessage(LogLevel.Warning, "The quality probe of {Service} is inconclusive")]
    private partial void LogInconclusive(Exception exception, ResourceKey service);

    /// <summary>One step's probe. Result and end are written once, by the probe itself.</summary>
    private sealed class Run(int step, QualityComparison comparison)
    {
        private volatile Outcome? _outcome;

        public QualityComparison Comparison { get; } = comparison;

        public QualityResult Result => _outcome?.Result ?? QualityResult.Pending;

        /// <summary>Content and texts decide; an engine may have moved to another port since.</summary>
        public bool IsFor(int otherStep, QualityComparison other) =>
            step == otherStep
            && Comparison.BaselineHash == other.BaselineHash
            && Comparison.CandidateHash == other.CandidateHash
            && Comparison.Prompts.SequenceEqual(other.Prompts)
            && CanonicalJson.Same(Comparison.Tasks, other.Tasks);

        /// <summary>A failed probe is worth another try after a pause.</summary>
        public bool IsStale(TimeSpan now) => _outcome is { Result.Problem: not null } outcome && now - outcome.At > RetryPause;

        public void End(QualityResult result, TimeSpan at) => _outcome = new Outcome(result, at);

        private sealed record Outcome(QualityResult Result, TimeSpan At);
    }
}
