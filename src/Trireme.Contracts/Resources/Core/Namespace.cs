using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Resources;

/// <summary>A tenant's part of the store: names are unique inside it.</summary>
public sealed record Namespace : IResourceWithStatus<NamespaceStatus>, IHasTypeMeta
{
    public static string TypeApiVersion => "v1";

    public static string TypeKind => "Namespace";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    public NamespaceSpec? Spec { get; init; }

    public NamespaceStatus? Status { get; init; }
}

public sealed record NamespaceSpec
{
    [ListSet]
    public IReadOnlyList<string>? Finalizers { get; init; }
}

public sealed record NamespaceStatus
{
    public string? Phase { get; init; }
}
