namespace Trireme.Contracts.Resources;

/// <summary>
/// What a role gives: verbs on resources, or verbs on paths that are no resources. Rules only add up; none takes anything away.
/// </summary>
public sealed record PolicyRule
{
    /// <summary>Stands for all values of the field it is in.</summary>
    public const string All = "*";

    /// <summary>Verbs such as get, list or infer; "*" stands for all.</summary>
    public IReadOnlyList<string>? Verbs { get; init; }

    /// <summary>API groups of the resources: "" is the core group, "*" stands for all.</summary>
    public IReadOnlyList<string>? ApiGroups { get; init; }

    /// <summary>Plural names such as pods, with a subresource as pods/log; "*" stands for all, "*/scale" for one subresource.</summary>
    public IReadOnlyList<string>? Resources { get; init; }

    /// <summary>The only objects that are meant, by name; none stands for all.</summary>
    public IReadOnlyList<string>? ResourceNames { get; init; }

    /// <summary>Paths such as /metrics; a "*" may stand at the end. Only in a ClusterRole.</summary>
    public IReadOnlyList<string>? NonResourceURLs { get; init; }
}
