using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Trireme.ApiServer.Requests;

/// <summary>
/// The path as the client wrote it. The listener resolves "." and "..", written so or as %2e, before anything else sees the path, and
/// an empty part would be skipped: a deletion of the object ".." would be one of its namespace.
/// </summary>
internal static class RawPath
{
    /// <summary>Null, or why the path leads elsewhere than it says.</summary>
    public static string? FaultOf(HttpRequest request) =>
        FaultOf(request.HttpContext.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "");

    /// <param name="target">The request's target: a path with its query, or a whole URL.</param>
    public static string? FaultOf(string target)
    {
        int scheme = target.StartsWith('/') ? -1 : target.IndexOf("://", StringComparison.Ordinal);
        int start = scheme < 0 ? 0 : target.IndexOf('/', scheme + 3);
        if (start < 0) return null;
        string[] parts = target[start..].Split('?', 2)[0].Split('/');
        // The first slash has nothing before it, and one at the end says nothing.
        for (int i = 1; i < parts.Length; i++)
        {
            if (parts[i].Length == 0 && i < parts.Length - 1) return "a part of the path may not be empty";
            if (Uri.UnescapeDataString(parts[i]) is "." or "..") return $"a part of the path may not be \"{parts[i]}\"";
        }

        return null;
    }
}
