using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Resources;

/// <summary>An identity for a program. Tokens for it are asked for at its token subresource, and die with it.</summary>
public sealed record ServiceAccount : IResource, IHasTypeMeta
{
    /// <summary>The account that every namespace has.</summary>
    public const string Default = "default";

    public static string TypeApiVersion => "v1";

    public static string TypeKind => "ServiceAccount";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    /// <summary>Secrets that Pods of the account may use; kept for tools, and nothing here acts on it.</summary>
    [ListMap("name")]
    public IReadOnlyList<ObjectReference>? Secrets { get; init; }

    /// <summary>Secrets to pull images with; kept for tools, and nothing here acts on it.</summary>
    public IReadOnlyList<LocalObjectReference>? ImagePullSecrets { get; init; }

    /// <summary>Whether Pods of the account get a token; kept for tools, and nothing here acts on it.</summary>
    public bool? AutomountServiceAccountToken { get; init; }
}

/// <summary>Names an object of the same namespace.</summary>
public sealed record LocalObjectReference
{
    /// <summary>Its name.</summary>
    public string? Name { get; init; }
}
