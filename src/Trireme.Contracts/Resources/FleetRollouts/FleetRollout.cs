using System.ComponentModel.DataAnnotations;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>
/// Moves many services of a namespace to another release, or to another model under each one's own release, in waves. Each service moves by
/// its own spec.rollout and is judged by its own gates; the first that is taken back stops the waves. It names releases in the services'
/// specs and nothing more, so that a service answers the same whether this object is there or not.
/// </summary>
public sealed record FleetRollout : IResourceWithStatus<FleetRolloutStatus>, IHasTypeMeta, IValidatable
{
    public static string TypeApiVersion => TriremeApi.Version;

    public static string TypeKind => "FleetRollout";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    public required FleetRolloutSpec Spec { get; init; }

    public FleetRolloutStatus? Status { get; init; }

    public void Validate(FieldErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        Spec.Selector.Validate("spec.selector", errors);
        if (Spec.Release is null && Spec.Base is null)
        {
            errors.Required(
                "spec.release",
                "or spec.base must be set: a release that all services move to, or a model that takes the place of each one's own");
        }

        if (Spec.Release is not null && Spec.Base is not null)
        {
            errors.Invalid("spec.base", "must not be set together with spec.release, to which all services move; remove one of the two");
        }

        if (Spec.Base is { } model) ModelSource.Validate("spec.base.source.path", model.Source.Path, errors);
        int previous = 0;
        for (int i = 0; i < Spec.Waves.Count; i++)
        {
            int percent = Spec.Waves[i].Percent;
            if (percent <= previous)
            {
                errors.Invalid($"spec.waves[{i}].percent", $"{percent} must be greater than that of the wave before it ({previous})");
            }

            previous = percent;
        }

        if (Spec.WaveDeadline == Duration.Zero) errors.Invalid("spec.waveDeadline", "must be longer than 0s, or no wave could ever end");
    }
}

/// <summary>Which services move, where to, and in which waves.</summary>
public sealed record FleetRolloutSpec
{
    /// <summary>
    /// Labels of the ModelServices that move, in the namespace of this object. Those that come to match meanwhile move in the last wave;
    /// one that matches no more before its turn is left alone. At most 1000 services.
    /// </summary>
    public required LabelSelector Selector { get; init; }

    /// <summary>Name of the Release that all of them move to. Not together with base.</summary>
    [MaxLength(253)]
    public string? Release { get; init; }

    /// <summary>
    /// A model that takes the place of each service's own: of its release a copy is made that differs in spec.source only. Not together
    /// with release.
    /// </summary>
    public FleetBase? Base { get; init; }

    /// <summary>
    /// Shares of the services, each at least one service more than the one before it; after the last wave come all others. Low priority
    /// classes go first, then by name. Edited later it changes nothing for services that have their wave already.
    /// </summary>
    [MaxLength(20)]
    public IReadOnlyList<FleetWave> Waves { get; init; } = [new() { Percent = 5 }, new() { Percent = 25 }];

    /// <summary>
    /// Most services that move at the same time. Each may need room for a second release meanwhile, as its strategy says.
    /// </summary>
    [Range(1, FleetRolloutStatus.ServicesMax)]
    public int MaxMoving { get; init; } = 5;

    /// <summary>
    /// Longest time of a wave, counted while it runs. A service that is held for a person, or whose release does not become usable, keeps
    /// its wave open until then; the waves stop, and nothing is taken back for it.
    /// </summary>
    public Duration WaveDeadline { get; init; } = Duration.FromSeconds(7200);

    /// <summary>What follows on the first service that a gate takes back.</summary>
    public FleetFailureAction OnFailure { get; init; } = FleetFailureAction.Stop;

    /// <summary>
    /// Names of services that are left out. Naming one that was taken back lets the waves go on without it.
    /// </summary>
    [MaxLength(FleetRolloutStatus.ServicesMax)]
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Begins nothing more while it is true. What moves already goes on, by its own gates.</summary>
    public bool Paused { get; init; }

    /// <summary>
    /// Takes every service that this rollout moved back to the release that it had, without the judge. One that its owner moved on since is
    /// left alone.
    /// </summary>
    public bool Undo { get; init; }
}

/// <summary>A model that takes the place of each service's own.</summary>
public sealed record FleetBase
{
    /// <summary>The model's files.</summary>
    public required ModelSource Source { get; init; }

    /// <summary>Ends the names of the releases that are made: NAME-SUFFIX.</summary>
    [RegularExpression("^[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?$")]
    public required string Suffix { get; init; }
}

/// <summary>One wave.</summary>
public sealed record FleetWave
{
    /// <summary>Percent of the services that have moved, or were left out, when it has ended.</summary>
    [Range(1, 100)]
    public required int Percent { get; init; }

    /// <summary>Time between its end and the beginning of the next one.</summary>
    public Duration Pause { get; init; } = Duration.FromSeconds(300);
}

/// <summary>What follows on a failure.</summary>
public enum FleetFailureAction
{
    /// <summary>Nothing more is begun; what has moved stays.</summary>
    Stop,

    /// <summary>Nothing more is begun, and what has moved goes back.</summary>
    Undo,
}
