using System.Collections.Immutable;
using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Scaling;

/// <summary>
/// What starts of replicas take, phase by phase, measured by the steady clock while the platform looks on, and what the next one is
/// expected to take. Replicas that were there before it looked are not measured.
/// </summary>
public sealed record StartupLedger
{
    public const string Create = "create";
    public const string Load = "load";

    /// <summary>What a start is taken to last before one was measured.</summary>
    private static readonly TimeSpan AssumedStart = TimeSpan.FromSeconds(30);

    /// <summary>Weight of the newest start in what the next is expected to take.</summary>
    private const double NewestWeight = 0.3;

    /// <summary>Stages of the engine's own that are shown.</summary>
    private const int StagesMax = 12;

    public static StartupLedger Empty { get; } = new();

    /// <summary>Replicas known, and the start of those that are measured and not over.</summary>
    private ImmutableDictionary<string, Start?> Known { get; init; } = ImmutableDictionary<string, Start?>.Empty;

    private bool HasLooked { get; init; }

    /// <summary>The last start: the one under way, or the one that ended last.</summary>
    public ImmutableArray<StartupPhase> Phases { get; init; } = [];

    /// <summary>True while a measured start is not over.</summary>
    public bool IsStarting => Known.Any(static known => known.Value is not null);

    /// <summary>Time from the decision for a replica to its first answer.</summary>
    public TimeSpan Forecast
    {
        get
        {
            double seconds = (ForecastOf(Create) ?? 0) + (ForecastOf(Load) ?? 0);
            return seconds > 0 ? TimeSpan.FromSeconds(seconds) : AssumedStart;
        }
    }

    public static StartupLedger Read(ScalingStatus? recorded) =>
        recorded?.Startup is { Count: > 0 } phases ? Empty with { Phases = [.. phases] } : Empty;

    /// <summary>The ledger after a look at the replicas.</summary>
    public StartupLedger With(IReadOnlyList<ModelReplica> replicas, TimeSpan now)
    {
        ArgumentNullException.ThrowIfNull(replicas);
        StartupLedger ledger = this;
        ImmutableDictionary<string, Start?>.Builder known = ImmutableDictionary.CreateBuilder<string, Start?>();
        Start? newest = null;
        foreach (ModelReplica replica in replicas)
        {
            if (replica.Metadata.IsDeleting) continue;
            bool isNew = !Known.TryGetValue(replica.Metadata.Name, out Start? start);
            bool isReady = replica.Status?.Phase == ReplicaPhase.Ready;
            if (isNew && HasLooked && !isReady) start = new Start(now, null);
            if (start is { RunningAt: null } && replica.Status?.StartedAt is not null) start = start with { RunningAt = now };
            if (start is not null && isReady)
            {
                ledger = ledger.Ended(start, replica.Status!.Startup ?? [], now);
                start = null;
            }

            known[replica.Metadata.Name] = start;
            if (start is not null && (newest is null || start.SeenAt > newest.SeenAt)) newest = start;
        }

        ledger = ledger with { Known = known.ToImmutable(), HasLooked = true };
        return newest is null ? ledger : ledger.UnderWay(newest, now);
    }

    private StartupLedger Ended(Start start, IReadOnlyList<StartupStage> stages, TimeSpan now)
    {
        TimeSpan running = start.RunningAt ?? now;
        var phases = new List<StartupPhase>
        {
            Done(Create, (running - start.SeenAt).TotalSeconds),
            Done(Load, (now - running).TotalSeconds),
        };
        foreach (StartupStage stage in stages.Take(StagesMax))
        {
            if (phases.TrueForAll(phase => phase.Phase != stage.Stage)) phases.Add(Done(stage.Stage, stage.Seconds));
        }

        return this with { Phases = [.. phases] };
    }

    private StartupLedger UnderWay(Start start, TimeSpan now)
    {
        TimeSpan? running = start.RunningAt;
        return this with
        {
            Phases =
            [
                new StartupPhase
                {
                    Phase = Create,
                    Seconds = Rounded(((running ?? now) - start.SeenAt).TotalSeconds),
                    Done = running is not null,
                    ForecastSeconds = ForecastOf(Create),
                },
                new StartupPhase
                {
                    Phase = Load,
                    Seconds = running is { } since ? Rounded((now - since).TotalSeconds) : null,
                    ForecastSeconds = ForecastOf(Load),
                },
                .. Phases.Where(static phase => phase.Phase is not (Create or Load))
                    .Select(static phase => phase with { Seconds = null, Done = false }),
            ],
        };
    }

    private StartupPhase Done(string phase, double seconds)
    {
        double measured = Math.Max(0, seconds);
        double forecast = ForecastOf(phase) is { } before ? before + (NewestWeight * (measured - before)) : measured;
        return new StartupPhase { Phase = phase, Seconds = Rounded(measured), Done = true, ForecastSeconds = Rounded(forecast) };
    }

    private double? ForecastOf(string phase)
    {
        foreach (StartupPhase known in Phases)
        {
            if (known.Phase == phase && known.ForecastSeconds is >= 0) return known.ForecastSeconds;
        }

        return null;
    }

    private static double Rounded(double seconds) => Math.Round(seconds, 2);

    /// <param name="SeenAt">When the replica was first seen.</param>
    /// <param name="RunningAt">When its process was first seen.</param>
    private sealed record Start(TimeSpan SeenAt, TimeSpan? RunningAt);
}
