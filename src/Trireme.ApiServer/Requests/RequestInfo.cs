using Microsoft.AspNetCore.Http;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Selectors;
using Trireme.Contracts.Identity;

namespace Trireme.ApiServer.Requests;

/// <summary>
/// What a request asks for, read from its method, path and query alone, so that access is decided before anything is looked
/// up. Resource paths are /api/v1/... and /apis/{group}/{version}/..., followed by
/// [namespaces/{namespace}/]{plural}[/{name}[/{subresource}]]; every other path is itself what is asked for. Before the rest of it may come
/// "watch", the way to ask for a watch from before there was a parameter.
/// </summary>
internal sealed record RequestInfo
{
    private const string Watch = "watch";

    /// <summary>Subresources of the Namespace kind; anything else after a namespace's name is a kind inside it.</summary>
    private static readonly string[] NamespaceSubresources = ["status", "finalize"];

    /// <summary>Kubernetes' verb for a resource; the lower-case HTTP method for a path, and where no verb fits.</summary>
    public required string Verb { get; init; }

    /// <summary>The path without a slash at its end.</summary>
    public required string Path { get; init; }

    /// <summary>Plural name of the kind; null for a path that is no resource.</summary>
    public string? Resource { get; init; }

    public string Group { get; init; } = "";

    public string Version { get; init; } = "";

    /// <summary>
    /// Empty for all namespaces and for cluster-scoped kinds. A Namespace lies in itself, so that its owner can be let at it.
    /// </summary>
    public string Namespace { get; init; } = "";

    /// <summary>Null for requests to a collection.</summary>
    public string? Name { get; init; }

    /// <summary>Empty for the object itself.</summary>
    public string Subresource { get; init; } = "";

    /// <summary>The one name a list, watch or deletion of a collection selects; null where it may touch others.</summary>
    public string? SelectedName { get; init; }

    /// <summary>True for paths with parts beyond a subresource, which no kind has.</summary>
    public bool IsOverlong { get; init; }

    /// <summary>Null, or why the path cannot be answered as it was written.</summary>
    public string? PathFault { get; private init; }

    public static RequestInfo Of(HttpRequest request) => Parsed(request) with { PathFault = RawPath.FaultOf(request) };

    private static RequestInfo Parsed(HttpRequest request)
    {
        string path = request.Path.Value ?? "/";
        if (path.Length > 1 && path[^1] == '/') path = path.TrimEnd('/');
        string method = request.Method.ToLowerInvariant();
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        int prefix = parts is ["api", ..] ? 2 : parts is ["apis", ..] ? 3 : int.MaxValue;
        if (parts.Length <= prefix) return new RequestInfo { Verb = method, Path = path };

        ReadOnlySpan<string> rest = parts.AsSpan(prefix);
        bool isWatchPath = method == "get" && rest.Length > 1 && rest[0] == Watch;
        if (isWatchPath) rest = rest[1..];
        string @namespace = rest.Length > 1 && rest[0] == ServedResources.Namespaces ? rest[1] : "";
        bool scoped = @namespace.Length > 0 && rest.Length > 2 && !NamespaceSubresources.Contains(rest[2]);
        if (scoped) rest = rest[2..];
        string? name = rest.Length > 1 ? rest[1] : null;
        return new RequestInfo
        {
            Verb = isWatchPath ? Watch : VerbOf(method, name, IsWatch(request.Query)),
            Path = path,
            Group = prefix == 2 ? "" : parts[1],
            Version = parts[prefix - 1],
            Namespace = @namespace,
            Resource = rest[0],
            Name = name,
            Subresource = rest.Length > 2 ? rest[2] : "",
            SelectedName = name is null ? FieldSelector.NameIn(request.Query["fieldSelector"]) : null,
            IsOverlong = rest.Length > (isWatchPath ? 2 : 3),
        };
    }

    /// <summary>The question an authorizer answers.</summary>
    public AccessRequest For(UserInfo user) => Resource is null
        ? new AccessRequest { User = user, Verb = Verb, Path = Path }
        : new AccessRequest
        {
            User = user,
            Verb = Verb,
            Group = Group,
            Version = Version,
            Resource = Resource,
            Subresource = Subresource,
            Namespace = Namespace,
            Name = Name ?? SelectedName ?? "",
        };

    private static string VerbOf(string method, string? name, bool watch) => method switch
    {
        // One object is shown as it is; to watch it, its collection is watched with its name selected.
        "get" when name is not null => "get",
        "get" => watch ? Watch : "list",
        "post" => "create",
        "put" => "update",
        "patch" => "patch",
        "delete" => name is null ? "deletecollection" : "delete",
        _ => method,
    };

    private static bool IsWatch(IQueryCollection query) =>
        query.TryGetValue("watch", out var values) && ApiRequest.IsTrue(values.ToString());
}
