using System.Text.Json.Serialization;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>
/// An Event as the group events.k8s.io names its parts. It is the same object as the <see cref="Event"/> of the core group, under the same
/// name, and each is read and written through the other.
/// </summary>
public sealed record RegardingEvent : IResource, IHasTypeMeta, IValidatable
{
    public static string TypeApiVersion => "events.k8s.io/v1";

    public static string TypeKind => "Event";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    /// <summary>When it was first seen, to the microsecond.</summary>
    [JsonConverter(typeof(MicroTimestampConverter))]
    public DateTimeOffset? EventTime { get; init; }

    /// <summary>How it goes on, where it is one of a row.</summary>
    public EventSeries? Series { get; init; }

    /// <summary>The controller that reports it.</summary>
    public string? ReportingController { get; init; }

    /// <summary>Which of the controller's processes.</summary>
    public string? ReportingInstance { get; init; }

    /// <summary>What was done about it, or failed.</summary>
    public string? Action { get; init; }

    /// <summary>Stable machine-readable cause in CamelCase.</summary>
    public string? Reason { get; init; }

    /// <summary>What it happened to.</summary>
    public ObjectReference? Regarding { get; init; }

    /// <summary>Another object that has to do with it.</summary>
    public ObjectReference? Related { get; init; }

    /// <summary>What a person should know.</summary>
    public string? Note { get; init; }

    /// <summary>Normal or Warning.</summary>
    public string? Type { get; init; }

    /// <summary>Who saw it, as Events of the core group say.</summary>
    public EventSource? DeprecatedSource { get; init; }

    /// <summary>When it first happened, as Events of the core group say.</summary>
    public DateTimeOffset? DeprecatedFirstTimestamp { get; init; }

    /// <summary>When it last happened, as Events of the core group say.</summary>
    public DateTimeOffset? DeprecatedLastTimestamp { get; init; }

    /// <summary>How often it happened, as Events of the core group say.</summary>
    public int? DeprecatedCount { get; init; }

    public void Validate(FieldErrors errors) => EventRules.Validate(this, errors);
}
