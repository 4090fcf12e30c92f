using Microsoft.Extensions.Logging;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Timing;
using Trireme.Fleet.Rollouts;
using Trireme.Fleet.Services;
using Trireme.Kubernetes;
using Trireme.Operator.Placement;
using Trireme.Operator.Quality;

namespace Trireme.Operator.ModelServices;

/// <summary>
/// What the rollout judge looks at, read in the background: a decision takes what is known and never waits for a telemetry system that
/// is slow. Evidence that cannot be had leaves the verdict inconclusive and is named to people.
/// </summary>
internal sealed partial class RolloutEvidence : IAsyncDisposable
{
    /// <summary>Samples younger than this are not read again.</summary>
    private static readonly TimeSpan ReadInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(15);

    /// <summary>Queries at the same time; each reads a few series, and the telemetry system has others to serve.</summary>
    private const int ConcurrentReadsMax = 8;

    private readonly IRolloutTelemetry _telemetry;
    private readonly IQualityProbe _probe;
    private readonly IReplicaCredentials _credentials;
    private readonly ReplicaPrices _prices;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly BackgroundWork _work = new();
    private readonly ConcurrencyGate _reads = new(ConcurrentReadsMax);
    private readonly Lock _lock = new();
    private readonly Dictionary<ResourceKey, StepSamples> _samples = [];

    public RolloutEvidence(
        IRolloutTelemetry telemetry,
        IQualityProbe probe,
        IReplicaCredentials credentials,
        ReplicaPrices prices,
        ILogger<RolloutEvidence> logger,
        TimeProvider time)
    {
        _telemetry = telemetry;
        _probe = probe;
        _credentials = credentials;
        _prices = prices;
        _logger = logger;
        _time = time;
        probe.Finished += Announce;
    }

    /// <summary>Raised when there is more to know about a service.</summary>
    public event Action<ResourceKey>? Changed;

    /// <summary>The service with what is known of its rollout; starts to read what may be known by now.</summary>
    public ServiceSnapshot AddTo(ServiceSnapshot seen)
    {
        var key = ResourceKey.Of(seen.Service);
        if (seen.Service.Status?.Rollout is not { } rollout || !RolloutCourse.IsJudged(rollout))
        {
            Forget(key);
            return seen;
        }

        QualityResult quality = ReadQuality(key, seen, rollout);
        SamplesReading reading = ReadSamples(key, rollout, seen.StepElapsed);
        return seen with
        {
            Samples = Priced(
                seen, rollout, new RolloutSamples { Windows = reading.Windows, Quality = quality.Pairs, Tasks = quality.Tasks }),
            SamplesWereRead = reading.At is not null,
            SamplesProblem = reading.Problem ?? quality.Problem,
        };
    }

    /// <summary>Drops what is remembered of a service that moves no more.</summary>
    public void Forget(ResourceKey key)
    {
        _probe.Forget(key);
        lock (_lock)
        {
            _samples.Remove(key);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _probe.Finished -= Announce;
        await _work.DisposeAsync();
    }

    /// <summary>The samples with what replicas of either release cost, where a gate asks for it.</summary>
    private RolloutSamples Priced(ServiceSnapshot seen, RolloutStatus rollout, RolloutSamples samples)
    {
        if (rollout.Plan.Gates.MaxCostPerTokenRatio is null) return samples;
        double? before = PriceOf(rollout.From);
        double? after = PriceOf(rollout.To);
        if (before is null || after is null)
        {
            string missing = before is null ? rollout.From.Name : rollout.To.Name;
            return samples with
            {
                CostProblem = $"no pricePerHour is set for the pool of the replicas of {missing}, or they have no place yet",
            };
        }

        return samples with
        {
            Windows =
            [
                .. samples.Windows.Select(window => window with
                {
                    Baseline = window.Baseline with { PricePerHour = before },
                    Candidate = window.Candidate with { PricePerHour = after },
                }),
            ],
        };

        double? PriceOf(ReleaseRef release) => _prices.PerHour([.. seen.Of(release).Where(ServiceSnapshot.IsReady)]);
    }

    private void Announce(ResourceKey key) => Changed?.Invoke(key);

    private QualityResult ReadQuality(ResourceKey key, ServiceSnapshot seen, RolloutStatus rollout)
    {
        // The judge has what the probe came to.
        IReadOnlyList<GateTask> tasks = rollout.Plan.Gates.Tasks ?? [];
        bool isKnown = rollout.Evidence is { Quality: not null } evidence && (tasks.Count == 0 || evidence.Tasks is not null);
        if (isKnown) return QualityResult.Pending;
        EngineAddress? baseline = Address(seen, rollout.From);
        EngineAddress? candidate = Address(seen, rollout.To);
        if (baseline is null || candidate is null) return QualityResult.Pending;
        IReadOnlyList<string> prompts = rollout.Plan.Gates.QualityPrompts is { Count: > 0 } own ? own : HeldOutTexts.PlainEnglish;
        return _probe.Read(
            key,
            rollout.Step,
            new QualityComparison(key.Name, rollout.From.ContentHash, baseline, rollout.To.ContentHash, candidate, prompts)
            {
                Tasks = tasks,
            });
    }

    private EngineAddress? Address(ServiceSnapshot seen, ReleaseRef release) =>
        seen.Of(release).FirstOrDefault(ServiceSnapshot.IsReady) is { Status.Endpoint: { } endpoint } replica
        && _credentials.TryFind(replica, out ReplicaKey? key)
            ? new EngineAddress(endpoint, key)
            : null;

    private SamplesReading ReadSamples(ResourceKey key, RolloutStatus rollout, TimeSpan stepElapsed)
    {
        var step = new RolloutStepKey(rollout.From, rollout.To, rollout.StepStartedAt, RolloutCourse.Comparison(rollout));
        lock (_lock)
        {
            if (!_samples.TryGetValue(key, out StepSamples? known) || known.Step != step)
            {
                _samples[key] = known = new StepSamples(step, _time.GetSteadyTime() - stepElapsed);
            }

            // What was read serves whoever knows as much as was known then, or more: the judge passes over what it knows.
            DateTimeOffset? after = rollout.Evidence?.LastWindow;
            bool misses = known.Reading.After is { } readAfter && (after is null || after < readAfter);
            bool isFresh = !misses && known.Reading.At is { } at && _time.GetSteadyTime() - at < ReadInterval;
            if (!known.IsBeingRead && !isFresh)
            {
                known.IsBeingRead = true;
                _work.Start(cancellationToken => ReadAsync(key, known, after, cancellationToken));
            }

            return misses ? SamplesReading.None : known.Reading;
        }
    }

    private async Task ReadAsync(ResourceKey key, StepSamples samples, DateTimeOffset? after, CancellationToken cancellationToken)
    {
        SamplesReading reading = await _reads.RunAsync(() => QueryAsync(key, samples, after, cancellationToken), cancellationToken);
        lock (_lock)
        {
            samples.Reading = reading;
            samples.IsBeingRead = false;
        }

        Announce(key);
    }

    private async Task<SamplesReading> QueryAsync(
        ResourceKey key, StepSamples samples, DateTimeOffset? after, CancellationToken cancellationToken)
    {
        try
        {
            using var timeout = new CancellationTokenSource(ReadTimeout, _time);
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
            RolloutStepKey step = samples.Step;
            IReadOnlyList<WindowPair> windows = await _telemetry.ReadWindowsAsync(
                new WindowQuery(key.Namespace, key.Name, step.From, step.To, _time.GetSteadyTime() - samples.Began, after)
                {
                    Comparison = step.Comparison,
                },
                linked.Token);
            return new SamplesReading(windows, null, _time.GetSteadyTime(), after);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            LogUnreadable(exception, key);
            string why = exception is OperationCanceledException ? $"no answer within {ReadTimeout.TotalSeconds:0} s" : exception.Message;
            return new SamplesReading([], $"The samples of the step could not be read: {why}", _time.GetSteadyTime(), after);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Samples for the rollout of {Service} could not be read")]
    private partial void LogUnreadable(Exception exception, ResourceKey service);

    private sealed record RolloutStepKey(ReleaseRef From, ReleaseRef To, DateTimeOffset StartedAt, RolloutComparison Comparison);

    /// <param name="Windows">What was read.</param>
    /// <param name="Problem">Why nothing was, for people.</param>
    /// <param name="At">When, by the steady clock; null before the first read.</param>
    /// <param name="After">Start of the last window that was known then.</param>
    private sealed record SamplesReading(IReadOnlyList<WindowPair> Windows, string? Problem, TimeSpan? At, DateTimeOffset? After)
    {
        public static SamplesReading None { get; } = new([], null, null, null);
    }

    /// <summary>What is known of one step. Written under the lock.</summary>
    private sealed class StepSamples(RolloutStepKey step, TimeSpan began)
    {
        /// <summary>When the step began to get traffic, by the steady clock.</summary>
        public TimeSpan Began { get; } = began;

        public RolloutStepKey Step { get; } = step;

        public SamplesReading Reading { get; set; } = SamplesReading.None;

        public bool IsBeingRead { get; set; }
    }
}
