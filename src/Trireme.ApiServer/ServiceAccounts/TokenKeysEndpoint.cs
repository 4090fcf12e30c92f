using Microsoft.AspNetCore.Http;
using System.Text;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Identity;

namespace Trireme.ApiServer.ServiceAccounts;

/// <summary>
/// Answers by which others check tokens of service accounts without asking about each: the issuer's metadata and public keys (OpenID
/// Connect Discovery 1.0).
/// </summary>
internal sealed class TokenKeysEndpoint(ApiServerOptions options, ResponseWriter responses)
{
    private const string MetadataPath = "/.well-known/openid-configuration";
    private const string KeysPath = "/openid/v1/jwks";
    private const string KeysType = "application/jwk-set+json";

    private readonly ITokenIssuer? _issuer = options.Access?.Tokens;

    /// <summary>True if the path is one of these and was answered.</summary>
    public async Task<bool> TryAnswerAsync(HttpContext http, string path)
    {
        if (_issuer is null || !HttpMethods.IsGet(http.Request.Method)) return false;
        switch (path)
        {
            case MetadataPath:
                await AnswerAsync(http, RequestContent.Json, Metadata(_issuer, http.Request).ToBytes());
                return true;
            case KeysPath:
                await AnswerAsync(http, KeysType, Encoding.UTF8.GetBytes(_issuer.KeySet));
                return true;
            default:
                return false;
        }
    }

    private static JsonObject Metadata(ITokenIssuer issuer, HttpRequest request) => new()
    {
        ["issuer"] = issuer.Issuer,
        ["jwks_uri"] = $"https://{request.Host}{KeysPath}",
        ["response_types_supported"] = new JsonArray("id_token"),
        ["subject_types_supported"] = new JsonArray("public"),
        ["id_token_signing_alg_values_supported"] = new JsonArray(issuer.Algorithm),
    };

    private async Task AnswerAsync(HttpContext http, string type, byte[] content)
    {
        if (!Takes(http.Request, type))
        {
            await responses.WriteAsync(http, new StatusError(
                406, "NotAcceptable", $"406: Not Acceptable\n\nAvailable representations: {type}", new()));
            return;
        }

        http.Response.Headers.CacheControl = "public, max-age=3600";
        http.Response.ContentType = type;
        await http.Response.Body.WriteAsync(content, http.RequestAborted);
    }

    private static bool Takes(HttpRequest request, string type)
    {
        string accept = request.Headers.Accept.ToString();
        return accept.Length == 0
            || accept.Split(',').Any(one => one.Split(';')[0].Trim() is "*/*" or "application/*" || one.Split(';')[0].Trim() == type);
    }
}
