using Trireme.Contracts.Resources;

namespace Trireme.Governance.Authorisation;

/// <summary>
/// Whether rules give all that others give, and in which words what is missing is told
/// (k8s.io/component-helpers, auth/rbac/validation, and pkg/registry/rbac/validation of Kubernetes).
/// </summary>
internal static class RuleCoverage
{
    /// <summary>The single permissions of some rules that others do not give.</summary>
    /// <param name="held">What somebody has.</param>
    /// <param name="wanted">What is asked for.</param>
    public static List<PolicyRule> Missing(IReadOnlyList<PolicyRule> held, IEnumerable<PolicyRule> wanted)
    {
        var missing = new List<PolicyRule>();
        foreach (PolicyRule single in wanted.SelectMany(Singles))
        {
            if (!held.Any(rule => Covers(rule, single))) missing.Add(single);
        }

        return missing;
    }

    /// <summary>Rules in Kubernetes' words, permissions of one resource together, in order and one a line.</summary>
    public static string Describe(IEnumerable<PolicyRule> rules) =>
        string.Join('\n', Compact(rules).Select(Describe).Distinct().Order(StringComparer.Ordinal));

    /// <summary>True if two rules say the same, in the same order.</summary>
    public static bool AreSame(PolicyRule one, PolicyRule other) =>
        Same(one.Verbs, other.Verbs)
        && Same(one.ApiGroups, other.ApiGroups)
        && Same(one.Resources, other.Resources)
        && Same(one.ResourceNames, other.ResourceNames)
        && Same(one.NonResourceURLs, other.NonResourceURLs);

    /// <summary>Go's form of a list of texts, as its %q prints it.</summary>
    public static string Quoted(IEnumerable<string> texts) => $"[{string.Join(' ', texts.Select(static text => $"\"{text}\""))}]";

    private static bool Same(IReadOnlyList<string>? one, IReadOnlyList<string>? other) => (one ?? []).SequenceEqual(other ?? []);

    private static bool Covers(PolicyRule held, PolicyRule single)
    {
        IReadOnlyList<string> names = held.ResourceNames ?? [];
        bool named = names.Count == 0 || (single.ResourceNames is { Count: > 0 } wanted && wanted.All(names.Contains));
        return named
            && HasAll(held.Verbs, single.Verbs)
            && HasAll(held.ApiGroups, single.ApiGroups)
            && (single.Resources ?? []).All(resource => CoversResource(held.Resources ?? [], resource))
            && (single.NonResourceURLs ?? []).All(
                path => (held.NonResourceURLs ?? []).Any(pattern => CompiledRule.PathCovers(pattern, path)));
    }

    private static bool HasAll(IReadOnlyList<string>? held, IReadOnlyList<string>? wanted) =>
        held?.Contains(PolicyRule.All) == true || (wanted ?? []).All(value => held?.Contains(value) == true);

    private static bool CoversResource(IReadOnlyList<string> held, string resource)
    {
        if (held.Contains(PolicyRule.All) || held.Contains(resource)) return true;
        int slash = resource.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && held.Contains("*" + resource[slash..]);
    }

    private static IEnumerable<PolicyRule> Singles(PolicyRule rule)
    {
        foreach (string group in rule.ApiGroups ?? [])
        {
            foreach (string resource in rule.Resources ?? [])
            {
                foreach (string verb in rule.Verbs ?? [])
                {
                    var single = new PolicyRule { ApiGroups = [group], Resources = [resource], Verbs = [verb] };
                    if (rule.ResourceNames is not { Count: > 0 }) yield return single;
                    foreach (string name in rule.ResourceNames ?? []) yield return single with { ResourceNames = [name] };
                }
            }
        }

        foreach (string path in rule.NonResourceURLs ?? [])
        {
            foreach (string verb in rule.Verbs ?? []) yield return new PolicyRule { NonResourceURLs = [path], Verbs = [verb] };
        }
    }

    /// <summary>Single permissions on one resource, and one object where one is named, become one rule with all verbs.</summary>
    private static IEnumerable<PolicyRule> Compact(IEnumerable<PolicyRule> singles)
    {
        var byResource = new Dictionary<(string Group, string Resource, string? Name), List<string>>();
        foreach (PolicyRule single in singles)
        {
            if (single.Resources is not { Count: 1 })
            {
                yield return single;
                continue;
            }

            (string, string, string?) key = (single.ApiGroups![0], single.Resources[0], single.ResourceNames?[0]);
            if (!byResource.TryGetValue(key, out List<string>? verbs)) byResource[key] = verbs = [];
            verbs.AddRange(single.Verbs!);
        }

        foreach (((string group, string resource, string? name), List<string> verbs) in byResource)
        {
            yield return new PolicyRule
            {
                ApiGroups = [group],
                Resources = [resource],
                ResourceNames = name is null ? null : [name],
                Verbs = verbs,
            };
        }
    }

    private static string Describe(PolicyRule rule)
    {
        var parts = new List<string>();
        Add("APIGroups", rule.ApiGroups);
        Add("Resources", rule.Resources);
        Add("NonResourceURLs", rule.NonResourceURLs);
        Add("ResourceNames", rule.ResourceNames);
        Add("Verbs", rule.Verbs);
        return $"{{{string.Join(", ", parts)}}}";

        void Add(string name, IReadOnlyList<string>? values)
        {
            if (values is { Count: > 0 }) parts.Add($"{name}:{Quoted(values)}");
        }
    }
}
