using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Resources;

/// <summary>Asks the API server whether someone may do something in one namespace, whose administrator may ask it.</summary>
public sealed record LocalSubjectAccessReview : IResource, IHasTypeMeta
{
    public static string TypeApiVersion => "authorization.k8s.io/v1";

    public static string TypeKind => "LocalSubjectAccessReview";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public ObjectMeta Metadata { get; init; } = new();

    public required SubjectAccessReviewSpec Spec { get; init; }

    public SubjectAccessReviewStatus? Status { get; init; }
}
