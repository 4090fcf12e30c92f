using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Resources;

/// <summary>Says on which machine a Pod runs; it is sent to the Pod and kept nowhere.</summary>
public sealed record Binding : IResource, IHasTypeMeta
{
    public static string TypeApiVersion => "v1";

    public static string TypeKind => "Binding";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    /// <summary>The machine.</summary>
    public required BindingTarget Target { get; init; }
}

/// <summary>Names the object that a Pod is bound to.</summary>
public sealed record BindingTarget
{
    /// <summary>Version of the kind.</summary>
    public string? ApiVersion { get; init; }

    /// <summary>Node.</summary>
    public string? Kind { get; init; }

    /// <summary>Name of the machine.</summary>
    public string? Name { get; init; }

    /// <summary>Its namespace; machines lie in none.</summary>
    public string? Namespace { get; init; }

    /// <summary>Its UID.</summary>
    public string? Uid { get; init; }

    /// <summary>Its version.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>A part of it.</summary>
    public string? FieldPath { get; init; }
}
