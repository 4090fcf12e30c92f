using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;

namespace Trireme.Governance.Authorisation;

/// <summary>A rule as requests are held against it. Matching allocates nothing.</summary>
internal sealed class CompiledRule(PolicyRule rule)
{
    private readonly string[] _verbs = [.. rule.Verbs ?? []];
    private readonly string[] _groups = [.. rule.ApiGroups ?? []];
    private readonly string[] _resources = [.. rule.Resources ?? []];
    private readonly string[] _names = [.. rule.ResourceNames ?? []];
    private readonly string[] _paths = [.. rule.NonResourceURLs ?? []];

    public PolicyRule Rule => rule;

    /// <summary>Whether the rule allows a request (k8s.io/kubernetes, pkg/apis/rbac/v1/evaluation_helpers.go).</summary>
    /// <param name="request">What is wanted.</param>
    /// <param name="resource">The resource with its subresource, as "pods/log".</param>
    public bool Allows(AccessRequest request, string resource)
    {
        if (!Has(_verbs, request.Verb)) return false;
        return request.Path is { } path
            ? _paths.Length > 0 && AllowsPath(path)
            : Has(_groups, request.Group) && AllowsResource(resource, request.Subresource) && AllowsName(request.Name);
    }

    private bool AllowsPath(string path)
    {
        foreach (string allowed in _paths)
        {
            if (PathCovers(allowed, path)) return true;
        }

        return false;
    }

    /// <summary>True for the same path, and for one that begins as a pattern does before its "*".</summary>
    public static bool PathCovers(string pattern, string path) =>
        pattern == path || (pattern.EndsWith('*') && path.AsSpan().StartsWith(pattern.AsSpan().TrimEnd('*')));

    private bool AllowsResource(string resource, string subresource)
    {
        foreach (string allowed in _resources)
        {
            if (allowed == PolicyRule.All || allowed == resource) return true;
            bool ofAll = subresource.Length > 0 && allowed.StartsWith("*/", StringComparison.Ordinal);
            if (ofAll && allowed.AsSpan(2).SequenceEqual(subresource)) return true;
        }

        return false;
    }

    private bool AllowsName(string name) => _names.Length == 0 || Array.IndexOf(_names, name) >= 0;

    private static bool Has(string[] allowed, string value)
    {
        foreach (string one in allowed)
        {
            if (one == value || one == PolicyRule.All) return true;
        }

        return false;
    }
}
