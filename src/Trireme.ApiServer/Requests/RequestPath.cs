using Microsoft.AspNetCore.Http;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Requests;

/// <summary>
/// Reads resource paths: /api/v1/... and /apis/{group}/{version}/..., followed by
/// [namespaces/{namespace}/]{plural}[/{name}[/{subresource}]].
/// </summary>
internal static class RequestPath
{
    public static Outcome<ApiRequest> Parse(HttpContext http, ServedResources resources)
    {
        string path = http.Request.Path.Value ?? "";
        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        int prefix = parts is ["api", ..] ? 2 : 3;
        if (parts.Length <= prefix) return ApiErrors.UnknownPath(path);

        string group = prefix == 2 ? "" : parts[1];
        string version = parts[prefix - 1];
        ReadOnlySpan<string> rest = parts.AsSpan(prefix);

        string @namespace = "";
        // The Namespace kind itself has its own subresources, so "namespaces/x/status" is not a kind named "status".
        bool scoped = rest.Length >= 3 && rest[0] == ServedResources.Namespaces && resources.Find(group, version, rest[2]) is not null;
        if (scoped)
        {
            @namespace = rest[1];
            rest = rest[2..];
        }

        if (resources.Find(group, version, rest[0]) is not { } resource || rest.Length > 3) return ApiErrors.UnknownPath(path);
        bool misplaced = scoped ? !resource.Definition.Namespaced : resource.Definition.Namespaced && rest.Length > 1;
        if (misplaced) return ApiErrors.UnknownPath(path);

        string subresource = rest.Length == 3 ? rest[2] : "";
        bool known = subresource.Length == 0 || (subresource == ApiRequest.StatusSubresource && resource.Definition.HasStatus);
        if (!known) return ApiErrors.UnknownPath(path);

        return new ApiRequest
        {
            Http = http,
            Resource = resource,
            Namespace = @namespace,
            Name = rest.Length > 1 ? rest[1] : null,
            Subresource = subresource,
        };
    }
}
