using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Identity;

/// <summary>
/// Finds the API key in a request: "Authorization: Bearer KEY" as OpenAI's clients and the newest of Anthropic's send it, "x-api-key: KEY"
/// as Anthropic's others do, or "api-key: KEY" as Azure's.
/// </summary>
internal static class PresentedKey
{
    /// <summary>Headers with nothing but the key, the first of which counts.</summary>
    public static IReadOnlyList<string> AlternativeHeaders { get; } = ["x-api-key", "api-key"];

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
            StringValues alternative = headers[AlternativeHeaders[0]];
            if (alternative.Count == 0) alternative = headers[AlternativeHeaders[1]];
            if (alternative.Count > 1) return GatewayErrors.SeveralKeys;
            key = alternative.Count == 1 ? alternative[0].AsSpan().Trim() : default;
        }

        return key.IsEmpty ? GatewayErrors.NoKey : null;
    }
}
