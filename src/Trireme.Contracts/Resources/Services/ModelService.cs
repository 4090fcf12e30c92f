using System.ComponentModel.DataAnnotations;
using Trireme.Contracts.Http;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>A model as clients know it: the name in requests, the release it should run and how it is operated.</summary>
public sealed record ModelService : IResourceWithStatus<ModelServiceStatus>, IHasTypeMeta, IValidatable, IUsesObjects
{
    public static string TypeApiVersion => TriremeApi.Version;

    public static string TypeKind => "ModelService";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    public required ModelServiceSpec Spec { get; init; }

    public ModelServiceStatus? Status { get; init; }

    /// <summary>The releases it is to run, runs, moves between, or goes back to.</summary>
    public IEnumerable<ObjectUse> Uses()
    {
        yield return new ObjectUse(Release.TypeKind, Spec.Release, "spec.release", "wanted");
        if (Status?.StableRelease is { } stable)
        {
            yield return new ObjectUse(Release.TypeKind, stable.Name, "status.stableRelease", "serving");
        }

        if (Status?.Rollout is { Phase: RolloutPhase.Preparing or RolloutPhase.Progressing or RolloutPhase.Held } rollout)
        {
            yield return new ObjectUse(Release.TypeKind, rollout.From.Name, "status.rollout.from", "rolling out from it");
            yield return new ObjectUse(Release.TypeKind, rollout.To.Name, "status.rollout.to", "rolling out to it");
        }

        foreach (ReleaseTraffic traffic in Status?.Traffic ?? [])
        {
            if (traffic.Weight > 0) yield return new ObjectUse(Release.TypeKind, traffic.Name, "status.traffic", "sending it requests");
        }

        if (Status?.PreviousRelease is { } previous)
        {
            yield return new ObjectUse(Release.TypeKind, previous.Name, "status.previousRelease", "undo goes back to it");
        }
    }

    public void Validate(FieldErrors errors)
    {
        Spec.Placement.Validate(errors);
        if (!NameRules.IsSubdomain(Spec.Release)) errors.Invalid("spec.release", $"\"{Spec.Release}\" {NameRules.SubdomainRule}");
        int previous = 0;
        IReadOnlyList<RolloutStep> steps = Spec.Rollout.Steps;
        for (int i = 0; i < steps.Count; i++)
        {
            if (steps[i].Weight <= previous)
            {
                errors.Invalid(
                    $"spec.rollout.steps[{i}].weight",
                    $"{steps[i].Weight} must be greater than the step before it ({previous})");
            }
            previous = steps[i].Weight;
            if (steps[i].MinDuration > steps[i].MaxDuration)
            {
                errors.Invalid(
                    $"spec.rollout.steps[{i}].minDuration",
                    $"{steps[i].MinDuration} is too long; must be at most maxDuration, {steps[i].MaxDuration}");
            }
        }

        if (Spec.Rollout.ProgressDeadline == Duration.Zero)
        {
            errors.Invalid("spec.rollout.progressDeadline", "must be longer than 0s, or no rollout could ever begin");
        }

        Spec.Scaling?.Validate("spec.scaling", Spec.Replicas, errors);
        RolloutStrategyRules.Validate(Spec.Rollout, errors);
        RolloutGateRules.Validate(Spec.Rollout.Gates, errors);
    }
}

/// <summary>What the service should be.</summary>
public sealed record ModelServiceSpec
{
    /// <summary>Name of the Release that should serve. Changing it starts a rollout.</summary>
    public required string Release { get; init; }

    /// <summary>Running engines wanted for the serving release.</summary>
    [Range(0, 256)]
    public int Replicas { get; init; } = 1;

    /// <summary>Lets the number follow the load; absent, it is spec.replicas.</summary>
    public ScalingSpec? Scaling { get; init; }

    public ReplicaResources Resources { get; init; } = new();

    public RolloutSpec Rollout { get; init; } = new();

    public DrainSpec Drain { get; init; } = new();

    public RoutingSpec Routing { get; init; } = new();

    public IsolationSpec Isolation { get; init; } = new();

    public PlacementSpec Placement { get; init; } = new();

    /// <summary>What all requests to the service together may use.</summary>
    public UsageSpec Usage { get; init; } = new();

    /// <summary>What its tokens cost, for budgets.</summary>
    public PriceSpec Price { get; init; } = new();

    /// <summary>Changing this time replaces every replica one by one without cutting a stream.</summary>
    public DateTimeOffset? RestartedAt { get; init; }
}

/// <summary>Limits of one replica.</summary>
public sealed record ReplicaResources
{
    /// <summary>
    /// Memory the engine plans its weights, cache and scratch space with; a model that does not fit is refused at its start. The process
    /// may take 256Mi more (the setting operator.replicas.runtimeMemoryBytes) for the runtime and requests in flight, and is ended above
    /// the sum. Pages of mapped files do not count: the kernel takes them back. The engine onnx plans nothing and is held to the sum.
    /// </summary>
    public ByteSize Memory { get; init; } = new(1L << 30);

    /// <summary>Compute threads of the engine.</summary>
    [Range(1, 256)]
    public int Threads { get; init; } = 1;
}

/// <summary>How replicas end.</summary>
public sealed record DrainSpec
{
    /// <summary>Longest wait for open streams before a replica is stopped.</summary>
    public Duration Timeout { get; init; } = Duration.FromSeconds(60);
}

/// <summary>How requests find a replica.</summary>
public sealed record RoutingSpec
{
    /// <summary>
    /// Request header whose value keeps a client on one release during a rollout; without it the request's user field does, and
    /// without either each request is placed by itself.
    /// </summary>
    [RegularExpression("^[A-Za-z0-9-]{1,64}$")]
    public string StickyHeader { get; init; } = TriremeHeaders.SessionId;
}

/// <summary>How the service moves to another release.</summary>
public sealed record RolloutSpec
{
    /// <summary>How traffic and replicas move; a field of another strategy is refused.</summary>
    public RolloutStrategyType Strategy { get; init; }

    /// <summary>
    /// Shares of traffic the new release gets, one after the other; after the last it gets all. Of the strategies Canary and Shadow.
    /// </summary>
    [MaxLength(20)]
    public IReadOnlyList<RolloutStep> Steps { get; init; } =
    [
        new() { Weight = 10 },
        new() { Weight = 50 },
    ];

    public RolloutGates Gates { get; init; } = new();

    /// <summary>
    /// Longest wait for one more replica of the new release to become ready, and for a release that has become unusable; then the rollout
    /// ends and the serving release keeps all traffic. Does not run while the service is scaled to zero.
    /// </summary>
    public Duration ProgressDeadline { get; init; } = Duration.FromSeconds(600);

    /// <summary>
    /// What to do when a step has run for its longest time and the samples prove nothing either way. Of the strategies Canary and Shadow.
    /// </summary>
    public InconclusiveAction OnInconclusive { get; init; } = InconclusiveAction.Hold;

    /// <summary>How the strategy BlueGreen goes; as its defaults say when absent.</summary>
    public BlueGreenSpec? BlueGreen { get; init; }

    /// <summary>How the strategy Shadow goes; as its defaults say when absent.</summary>
    public ShadowSpec? Shadow { get; init; }

    /// <summary>How the strategy InPlace goes; as its defaults say when absent.</summary>
    public InPlaceSpec? InPlace { get; init; }
}

/// <summary>What an inconclusive step leads to.</summary>
public enum InconclusiveAction
{
    Hold,
    Rollback,
    Promote,
}

/// <summary>One share of traffic, held until the judge is sure.</summary>
public sealed record RolloutStep
{
    /// <summary>Percent of requests sent to the new release.</summary>
    [Range(1, 100)]
    public required int Weight { get; init; }

    /// <summary>Shortest time at this weight, however good the samples are.</summary>
    public Duration MinDuration { get; init; } = Duration.FromSeconds(20);

    /// <summary>Time after which the step counts as inconclusive.</summary>
    public Duration MaxDuration { get; init; } = Duration.FromSeconds(600);
}

/// <summary>What the new release may not make worse, and how much evidence a verdict needs.</summary>
public sealed record RolloutGates
{
    /// <summary>Requests each side must have answered in the step.</summary>
    [Range(1, 1_000_000)]
    public int MinRequests { get; init; } = 20;

    /// <summary>Windows in which both sides had enough traffic, needed in each step to find a latency within its limit.</summary>
    [Range(4, 1000)]
    public int MinWindows { get; init; } = 6;

    /// <summary>Allowed rise of the share of failed requests, absolute: 0.01 is one in a hundred.</summary>
    [Range(0, 1)]
    public double MaxErrorRateIncrease { get; init; } = 0.01;

    /// <summary>Allowed time to first token relative to the serving release: 1.5 is half as long again.</summary>
    [Range(1, 100)]
    public double MaxTtftRatio { get; init; } = 1.5;

    /// <summary>Allowed inter-token latency relative to the serving release.</summary>
    [Range(1, 100)]
    public double MaxItlRatio { get; init; } = 1.5;

    /// <summary>
    /// Allowed time from the arrival of a request to the last byte of its answer, relative to the serving release. Not judged where it is
    /// absent, because a release that answers at greater length may be meant to.
    /// </summary>
    [Range(1, 100)]
    public double? MaxEndToEndRatio { get; init; }

    /// <summary>
    /// Allowed length of answers in tokens relative to the serving release: 2 is twice as long, and half as long. Not judged where it is
    /// absent.
    /// </summary>
    [Range(1, 100)]
    public double? MaxOutputLengthRatio { get; init; }

    /// <summary>
    /// Allowed rise or fall of the share of answers that end for one reason (stop, length, tool_calls, content_filter, others), absolute:
    /// 0.1 is one in ten. Not judged where it is absent.
    /// </summary>
    [Range(0.001, 1)]
    public double? MaxFinishReasonShift { get; init; }

    /// <summary>
    /// Latency that nobody notices: a release that is slower by less than this passes whatever the ratio, such as one that takes
    /// 0.2 ms per token instead of 0.1 ms while its process warms up.
    /// </summary>
    public Duration MinLatencyExcess { get; init; } = new(TimeSpan.FromMilliseconds(5));

    /// <summary>Allowed bits per byte on the quality probe relative to the serving release.</summary>
    [Range(1, 100)]
    public double MaxQualityRatio { get; init; } = 1.05;

    /// <summary>Held-out texts for the quality probe; a built-in set of plain English when empty.</summary>
    [MaxLength(64)]
    public IReadOnlyList<string> QualityPrompts { get; init; } = [];

    /// <summary>
    /// Tasks with the answers they should get. They are asked once in a move, of a replica of either release and without chance, and the
    /// new release may not solve fewer of them. Not judged where they are absent; a verdict takes at least eight.
    /// </summary>
    [MaxLength(64)]
    public IReadOnlyList<GateTask>? Tasks { get; init; }

    /// <summary>Share of the tasks by which the new release may solve fewer: 0.1 is one in ten. None where it is absent.</summary>
    [Range(0, 1)]
    public double? MaxTaskFailureIncrease { get; init; }

    /// <summary>
    /// Allowed cost of a generated token relative to the serving release: the price of a replica's place for the time that a request takes,
    /// over the tokens of its answer. Not judged where it is absent; the pools of the replicas must have a pricePerHour.
    /// </summary>
    [Range(1, 100)]
    public double? MaxCostPerTokenRatio { get; init; }

    /// <summary>
    /// Allowed rise of the share of requests with a safety event. Refused: nothing of this version counts safety events, and a gate that
    /// sees none would pass everything.
    /// </summary>
    [Range(0, 1)]
    public double? MaxSafetyEventIncrease { get; init; }

    /// <summary>
    /// Chance that the judge rolls back a release that is within every limit: over the whole rollout, all gates and every look together.
    /// </summary>
    [Range(0.0001, 0.5)]
    public double SignificanceLevel { get; init; } = 0.01;
}
