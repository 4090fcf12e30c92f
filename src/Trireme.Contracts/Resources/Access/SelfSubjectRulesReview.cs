using Trireme.Contracts.Schema;

namespace Trireme.Contracts.Resources;

/// <summary>Asks the API server what the caller may do in a namespace.</summary>
public sealed record SelfSubjectRulesReview : IResource, IHasTypeMeta
{
    public static string TypeApiVersion => "authorization.k8s.io/v1";

    public static string TypeKind => "SelfSubjectRulesReview";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public ObjectMeta Metadata { get; init; } = new();

    public required SelfSubjectRulesReviewSpec Spec { get; init; }

    public SubjectRulesReviewStatus? Status { get; init; }
}

public sealed record SelfSubjectRulesReviewSpec
{
    /// <summary>The namespace that is asked about.</summary>
    public string? Namespace { get; init; }
}

public sealed record SubjectRulesReviewStatus
{
    public required IReadOnlyList<ResourceRule> ResourceRules { get; init; }

    public required IReadOnlyList<NonResourceRule> NonResourceRules { get; init; }

    /// <summary>True if there may be more rules than these.</summary>
    public required bool Incomplete { get; init; }

    /// <summary>Why some rules could not be found, such as a role that is missing.</summary>
    public string? EvaluationError { get; init; }
}

/// <summary>Verbs on resources.</summary>
public sealed record ResourceRule
{
    public required IReadOnlyList<string> Verbs { get; init; }

    public IReadOnlyList<string>? ApiGroups { get; init; }

    public IReadOnlyList<string>? Resources { get; init; }

    public IReadOnlyList<string>? ResourceNames { get; init; }
}

/// <summary>Verbs on paths that are no resources.</summary>
public sealed record NonResourceRule
{
    public required IReadOnlyList<string> Verbs { get; init; }

    public IReadOnlyList<string>? NonResourceURLs { get; init; }
}
