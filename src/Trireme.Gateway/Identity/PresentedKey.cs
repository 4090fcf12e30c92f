using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Trireme.Gateway.Identity;

/// <summary>
/// Finds the API key in a request: "Authorization: Bearer KEY" as OpenAI's clients send it, or "api-key: KEY" as Azure's do.
/// </summary>
internal static class PresentedKey
{
    public const string AlternativeHeader = "api-key";

    private const string Scheme = "Bearer ";

    /// <summary>Empty when the request holds no key.</summary>
    public static ReadOnlySpan<char> Find(IHeaderDictionary headers)
    {
        StringValues authorization = headers.Authorization;
        if (authorization.Count == 1 && authorization[0] is { } value && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return value.AsSpan(Scheme.Length).Trim();
        }

        StringValues alternative = headers[AlternativeHeader];
        return alternative.Count == 1 ? alternative[0].AsSpan().Trim() : default;
    }
}
