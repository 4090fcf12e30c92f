using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Resources;

/// <summary>Asks the API server who it takes the caller for.</summary>
public sealed record SelfSubjectReview : IResource, IHasTypeMeta
{
    public static string TypeApiVersion => "authentication.k8s.io/v1";

    public static string TypeKind => "SelfSubjectReview";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public ObjectMeta Metadata { get; init; } = new();

    public SelfSubjectReviewStatus? Status { get; init; }
}

public sealed record SelfSubjectReviewStatus
{
    public required ReviewedUser UserInfo { get; init; }
}

/// <summary>A user as reviews show one.</summary>
public sealed record ReviewedUser
{
    public string? Username { get; init; }

    public string? Uid { get; init; }

    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>What the issuer of the credentials says beside.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Extra { get; init; }
}
