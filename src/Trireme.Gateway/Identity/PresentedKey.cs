using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Identity;

/// <summary>
/// Finds the API key in a request: "Authorization: Bearer KEY" as OpenAI's clients send it, or "api-key: KEY" as Azure's do.
/// </summary>
internal static class PresentedKey
{
    public const string AlternativeHeader = "api-key";

    private const string Scheme = "Bearer ";

    /// <summary>Finds the key; an error when there is none, or several of which none counts more than the others.</summary>
    public static GatewayError? TryFind(IHeaderDictionary headers, out ReadOnlySpan<char> key)
    {
        key = default;
        StringValues authorization = headers.Authorization;
        if (authorization.Count > 1) return GatewayErrors.SeveralKeys;
        if (authorization.Count == 1 && authorization[0] is { } value && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            key = value.AsSpan(Scheme.Length).Trim();
        }
        else
        {
            StringValues alternative = headers[AlternativeHeader];
            if (alternative.Count > 1) return GatewayErrors.SeveralKeys;
            key = alternative.Count == 1 ? alternative[0].AsSpan().Trim() : default;
        }

        return key.IsEmpty ? GatewayErrors.NoKey : null;
    }
}
