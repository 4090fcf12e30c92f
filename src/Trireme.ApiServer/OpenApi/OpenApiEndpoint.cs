using Microsoft.AspNetCore.Http;
using Trireme.ApiServer.Requests;

namespace Trireme.ApiServer.OpenApi;

/// <summary>Answers the paths below /openapi.</summary>
internal sealed class OpenApiEndpoint(OpenApiDocuments documents)
{
    private const string GroupPrefix = "/openapi/v3/";

    /// <summary>True if the path is known and was answered.</summary>
    /// <param name="http">The request.</param>
    /// <param name="path">Its path without a slash at its end.</param>
    public async Task<bool> TryAnswerAsync(HttpContext http, string path)
    {
        bool protobuf = path == "/openapi/v2" && WantsProtobuf(http.Request);
        byte[]? document = path switch
        {
            "/openapi/v2" => protobuf ? documents.SwaggerProtobuf : documents.SwaggerJson,
            "/openapi/v3" => documents.Index,
            _ when path.StartsWith(GroupPrefix, StringComparison.Ordinal) => documents.Group(path[GroupPrefix.Length..]),
            _ => null,
        };
        if (document is null) return false;
        http.Response.ContentType = protobuf ? SwaggerDocument.ContentType : RequestContent.Json;
        await http.Response.Body.WriteAsync(document, http.RequestAborted);
        return true;
    }

    private static bool WantsProtobuf(HttpRequest request)
    {
        string accept = request.Headers.Accept.ToString();
        return accept.Contains("proto-openapi.spec.v2", StringComparison.Ordinal)
            && !accept.Contains(RequestContent.Json, StringComparison.Ordinal);
    }
}
