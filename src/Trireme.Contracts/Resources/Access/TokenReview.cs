using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Resources;

/// <summary>Asks the API server whose token something is.</summary>
public sealed record TokenReview : IResource, IHasTypeMeta
{
    public static string TypeApiVersion => "authentication.k8s.io/v1";

    public static string TypeKind => "TokenReview";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public ObjectMeta Metadata { get; init; } = new();

    public required TokenReviewSpec Spec { get; init; }

    public TokenReviewStatus? Status { get; init; }
}

public sealed record TokenReviewSpec
{
    public string? Token { get; init; }

    /// <summary>Whom the token was presented to; none stands for the API server itself.</summary>
    public IReadOnlyList<string>? Audiences { get; init; }
}

public sealed record TokenReviewStatus
{
    /// <summary>True or absent.</summary>
    public bool? Authenticated { get; init; }

    public ReviewedUser? User { get; init; }

    /// <summary>The audiences that were asked for and the token is meant for.</summary>
    public IReadOnlyList<string>? Audiences { get; init; }

    /// <summary>Why the token was not accepted.</summary>
    public string? Error { get; init; }
}
