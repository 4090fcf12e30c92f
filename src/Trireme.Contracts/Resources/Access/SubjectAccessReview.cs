using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Resources;

/// <summary>Asks the API server whether someone may do something.</summary>
public sealed record SubjectAccessReview : IResource, IHasTypeMeta
{
    public static string TypeApiVersion => "authorization.k8s.io/v1";

    public static string TypeKind => "SubjectAccessReview";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public ObjectMeta Metadata { get; init; } = new();

    public required SubjectAccessReviewSpec Spec { get; init; }

    public SubjectAccessReviewStatus? Status { get; init; }
}

/// <summary>Who, and exactly one of what.</summary>
public sealed record SubjectAccessReviewSpec
{
    public ResourceAttributes? ResourceAttributes { get; init; }

    public NonResourceAttributes? NonResourceAttributes { get; init; }

    public string? User { get; init; }

    public IReadOnlyList<string>? Groups { get; init; }

    public IReadOnlyDictionary<string, IReadOnlyList<string>>? Extra { get; init; }

    public string? Uid { get; init; }
}

public sealed record SubjectAccessReviewStatus
{
    public required bool Allowed { get; init; }

    public string? Reason { get; init; }
}
