using System.Text.Json.Serialization;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>Something that happened to an object, for describe and for people.</summary>
public sealed record Event : IResource, IHasTypeMeta, IValidatable
{
    public static string TypeApiVersion => "v1";

    public static string TypeKind => "Event";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    /// <summary>What it happened to.</summary>
    public required ObjectReference InvolvedObject { get; init; }

    /// <summary>Normal or Warning.</summary>
    public string? Type { get; init; }

    /// <summary>Stable machine-readable cause in CamelCase.</summary>
    public string? Reason { get; init; }

    /// <summary>What a person should know.</summary>
    public string? Message { get; init; }

    /// <summary>How often it happened.</summary>
    public int? Count { get; init; }

    /// <summary>When it first happened.</summary>
    public DateTimeOffset? FirstTimestamp { get; init; }

    /// <summary>When it last happened.</summary>
    public DateTimeOffset? LastTimestamp { get; init; }

    /// <summary>When it happened, to the microsecond.</summary>
    [JsonConverter(typeof(MicroTimestampConverter))]
    public DateTimeOffset? EventTime { get; init; }

    /// <summary>Who saw it.</summary>
    public EventSource? Source { get; init; }

    /// <summary>What was done about it.</summary>
    public string? Action { get; init; }

    /// <summary>The controller that reports it.</summary>
    public string? ReportingComponent { get; init; }

    /// <summary>Which of the controller's processes.</summary>
    public string? ReportingInstance { get; init; }

    /// <summary>How it goes on, where it is one of a row.</summary>
    public EventSeries? Series { get; init; }

    /// <summary>Another object that has to do with it.</summary>
    public ObjectReference? Related { get; init; }

    public void Validate(FieldErrors errors) => EventRules.Validate(this, errors);
}

/// <summary>Points to an object of any kind.</summary>
public sealed record ObjectReference
{
    /// <summary>Group and version of the kind.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>The kind.</summary>
    public string? Kind { get; init; }

    /// <summary>The namespace; empty for cluster-scoped kinds.</summary>
    public string? Namespace { get; init; }

    /// <summary>The name.</summary>
    public string? Name { get; init; }

    /// <summary>The UID, which tells the object from others of its name.</summary>
    public string? Uid { get; init; }

    /// <summary>The version it happened to.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>The part it happened to.</summary>
    public string? FieldPath { get; init; }
}

public sealed record EventSource
{
    /// <summary>The controller.</summary>
    public string? Component { get; init; }

    /// <summary>The machine it runs on.</summary>
    public string? Host { get; init; }
}
