using System.Globalization;
using Microsoft.AspNetCore.Http;
using Trireme.ApiServer.Requests;

namespace Trireme.ApiServer.OpenApi;

/// <summary>Answers the paths below /openapi.</summary>
internal sealed class OpenApiEndpoint(OpenApiDocuments documents, TimeProvider time)
{
    private const string Root = "/openapi/";
    private const string GroupPrefix = "/openapi/v3/";

    /// <summary>Clients ask again each time, and are told that nothing changed.</summary>
    private const string Revalidated = "no-cache, private";

    /// <summary>Under its hash a document never changes.</summary>
    private const string KeptForGood = "public, immutable";

    /// <summary>True if the path is known and was answered.</summary>
    /// <param name="http">The request.</param>
    /// <param name="path">Its path without a slash at its end.</param>
    public async Task<bool> TryAnswerAsync(HttpContext http, string path)
    {
        if (!path.StartsWith(Root, StringComparison.Ordinal)) return false;
        if (path.StartsWith(GroupPrefix, StringComparison.Ordinal)) return await TryAnswerGroupAsync(http, path[GroupPrefix.Length..]);
        StaticDocument? document = path switch
        {
            "/openapi/v2" => WantsProtobuf(http.Request) ? documents.SwaggerProtobuf : documents.Swagger,
            "/openapi/v3" => documents.Index,
            _ => null,
        };
        if (document is null) return false;
        await document.WriteAsync(http, Revalidated);
        return true;
    }

    private async Task<bool> TryAnswerGroupAsync(HttpContext http, string group)
    {
        if (documents.Group(group) is not { } document) return false;
        string hash = http.Request.Query["hash"].ToString();
        if (hash.Length == 0 || hash == document.Hash)
        {
            if (hash.Length > 0) http.Response.Headers.Expires = time.GetUtcNow().AddYears(1).ToString("R", CultureInfo.InvariantCulture);
            await document.WriteAsync(http, hash.Length == 0 ? Revalidated : KeptForGood);
            return true;
        }

        http.Response.StatusCode = StatusCodes.Status301MovedPermanently;
        http.Response.Headers.Location = OpenApiDocuments.UrlOf(group, document);
        http.Response.Headers.ETag = $"\"{document.Hash}\"";
        return true;
    }

    private static bool WantsProtobuf(HttpRequest request)
    {
        string accept = request.Headers.Accept.ToString();
        return accept.Contains("proto-openapi.spec.v2", StringComparison.Ordinal)
            && !accept.Contains(RequestContent.Json, StringComparison.Ordinal);
    }
}
