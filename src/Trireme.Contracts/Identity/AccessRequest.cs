namespace Trireme.Contracts.Identity;

/// <summary>
/// One thing a user wants to do, in Kubernetes' terms (authorization.k8s.io/v1 SubjectAccessReview): a verb on a resource, or a verb on
/// a path that is no resource.
/// </summary>
public sealed record AccessRequest
{
    public required UserInfo User { get; init; }

    /// <summary>
    /// "get", "list", "watch", "create", "update", "patch", "delete" or "deletecollection" for resources, a kind's own verb such as
    /// "infer", or the lower-case HTTP method for a path.
    /// </summary>
    public required string Verb { get; init; }

    /// <summary>API group of the resource; empty for the core group.</summary>
    public string Group { get; init; } = "";

    public string Version { get; init; } = "";

    /// <summary>Plural name, such as "modelservices"; empty for a path.</summary>
    public string Resource { get; init; } = "";

    /// <summary>Such as "status"; empty for the object itself.</summary>
    public string Subresource { get; init; } = "";

    /// <summary>Empty for cluster-scoped kinds and for all namespaces.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Empty where no single object is meant.</summary>
    public string Name { get; init; } = "";

    /// <summary>Path of a request that is about no resource, such as "/metrics"; null otherwise.</summary>
    public string? Path { get; init; }

    public bool IsResource => Path is null;

    public override string ToString()
    {
        if (Path is not null) return $"{Verb} {Path}";
        string resource = Group.Length == 0 ? Resource : $"{Resource}.{Group}";
        if (Subresource.Length > 0) resource += "/" + Subresource;
        string name = Name.Length > 0 ? $" \"{Name}\"" : "";
        return Namespace.Length > 0 ? $"{Verb} {resource}{name} in namespace \"{Namespace}\"" : $"{Verb} {resource}{name}";
    }
}
