using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Discovery;

/// <summary>Answers the discovery paths below /api and /apis.</summary>
internal sealed class DiscoveryEndpoint(DiscoveryDocuments documents)
{
    /// <summary>/: the paths there are.</summary>
    public JsonObject RootPaths() => documents.RootPaths();

    /// <summary>True if the path is one of discovery and was answered.</summary>
    public async Task<bool> TryAnswerAsync(HttpContext http)
    {
        string[] parts = (http.Request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        JsonObject? document = null;
        string contentType = RequestContent.Json;
        if (parts is ["api"] or ["apis"])
        {
            bool core = parts[0] == "api";
            string? version = AggregatedVersion(http.Request);
            document = version is not null ? documents.Aggregated(core, version)
                : core ? DiscoveryDocuments.CoreVersions()
                : documents.Groups();
            if (version is not null) contentType = $"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList";
        }
        else
        {
            document = parts switch
            {
                ["api", var version] => documents.Resources("", version),
                ["apis", var group] => documents.Group(group),
                ["apis", var group, var version] => documents.Resources(group, version),
                _ => null,
            };
        }

        if (document is null) return false;
        http.Response.ContentType = contentType;
        await http.Response.Body.WriteAsync(document.ToBytes(), http.RequestAborted);
        return true;
    }

    /// <summary>The version of the aggregated form the client prefers, or null for the plain one.</summary>
    private static string? AggregatedVersion(HttpRequest request)
    {
        foreach (string type in request.Headers.Accept.ToString().Split(',', StringSplitOptions.TrimEntries))
        {
            string[] parameters = type.Split(';', StringSplitOptions.TrimEntries);
            if (parameters[0] != RequestContent.Json) continue;
            if (parameters.Length == 1) return null;
            if (!parameters.Contains("as=APIGroupDiscoveryList")) continue;
            if (parameters.Contains("v=v2")) return "v2";
            if (parameters.Contains("v=v2beta1")) return "v2beta1";
        }

        return null;
    }
}
