using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Resources;

/// <summary>Asks the API server whether the caller may do something.</summary>
public sealed record SelfSubjectAccessReview : IResource, IHasTypeMeta
{
    public static string TypeApiVersion => "authorization.k8s.io/v1";

    public static string TypeKind => "SelfSubjectAccessReview";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public ObjectMeta Metadata { get; init; } = new();

    public required SelfSubjectAccessReviewSpec Spec { get; init; }

    public SubjectAccessReviewStatus? Status { get; init; }
}

/// <summary>What is wanted: exactly one of the two.</summary>
public sealed record SelfSubjectAccessReviewSpec
{
    public ResourceAttributes? ResourceAttributes { get; init; }

    public NonResourceAttributes? NonResourceAttributes { get; init; }
}

/// <summary>A verb on a kind; "*" stands for all of a field's values.</summary>
public sealed record ResourceAttributes
{
    /// <summary>Empty for all namespaces and for cluster-scoped kinds.</summary>
    public string? Namespace { get; init; }

    public string? Verb { get; init; }

    public string? Group { get; init; }

    public string? Version { get; init; }

    /// <summary>Plural name, such as modelservices.</summary>
    public string? Resource { get; init; }

    public string? Subresource { get; init; }

    /// <summary>Empty where no single object is meant.</summary>
    public string? Name { get; init; }
}

/// <summary>A verb on a path that is no resource.</summary>
public sealed record NonResourceAttributes
{
    public string? Path { get; init; }

    /// <summary>The HTTP method in lower case.</summary>
    public string? Verb { get; init; }
}
