using Microsoft.AspNetCore.Http;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Tables;

namespace Trireme.ApiServer.Discovery;

/// <summary>Answers the discovery paths below /api and /apis.</summary>
internal sealed class DiscoveryEndpoint(DiscoveryDocuments documents, ServedResources resources)
{
    private const string CorePath = "/api";
    private const string GroupsPath = "/apis";

    private static readonly string[] AggregatedVersions = ["v2", "v2beta1"];

    private readonly PerServedKinds<Written> _written = new(resources, _ => Write(documents));

    /// <summary>True if the path is one of discovery and was answered.</summary>
    /// <param name="http">The request.</param>
    /// <param name="path">Its path without a slash at its end.</param>
    /// <param name="responses">Words the refusal of a form that is not served.</param>
    public async Task<bool> TryAnswerAsync(HttpContext http, string path, ResponseWriter responses)
    {
        Written written = _written.Current();
        byte[]? document = path == CorePath
            ? DiscoveryDocuments.CoreVersions(http.Request.Host.Value ?? "").ToBytes()
            : written.Documents.GetValueOrDefault(path);
        if (document is null) return false;
        if (path is CorePath or GroupsPath && AggregatedVersion(http.Request) is { } version)
        {
            await written.Aggregated[(path, version)].WriteAsync(http);
            return true;
        }

        if (AcceptedForm.Of(http.Request).Failed(out StatusError? error, out AcceptedForm? form))
        {
            await responses.WriteAsync(http, error);
            return true;
        }

        bool readable = form.IsYaml || ReadableText.IsWanted(http.Request);
        http.Response.ContentType = form.IsYaml ? RequestContent.Yaml : RequestContent.Json;
        await http.Response.Body.WriteAsync(readable ? ReadableText.Of(document, form.IsYaml) : document, http.RequestAborted);
        return true;
    }

    private static Written Write(DiscoveryDocuments documents) => new(
        documents.All().ToDictionary(static known => known.Path, static known => known.Document.ToBytes()),
        AggregatedVersions
            .SelectMany(version => (IEnumerable<(string, string)>)[(CorePath, version), (GroupsPath, version)])
            .ToDictionary(
                static key => key,
                key => new StaticDocument(documents.Aggregated(key.Item1 == CorePath, key.Item2).ToBytes(), AggregatedType(key.Item2))));

    private static string AggregatedType(string version) => $"application/json;g=apidiscovery.k8s.io;v={version};as=APIGroupDiscoveryList";

    /// <summary>The version of the aggregated form the client prefers, or null for the plain one.</summary>
    private static string? AggregatedVersion(HttpRequest request)
    {
        foreach (string type in request.Headers.Accept.ToString().Split(',', StringSplitOptions.TrimEntries))
        {
            string[] parameters = type.Split(';', StringSplitOptions.TrimEntries);
            if (parameters[0] != RequestContent.Json) continue;
            if (parameters.Length == 1) return null;
            if (!parameters.Contains("as=APIGroupDiscoveryList")) continue;
            if (AggregatedVersions.FirstOrDefault(version => parameters.Contains("v=" + version)) is { } served) return served;
        }

        return null;
    }

    /// <summary>The documents of one set of custom kinds.</summary>
    private sealed record Written(
        Dictionary<string, byte[]> Documents,
        Dictionary<(string Path, string Version), StaticDocument> Aggregated);
}
