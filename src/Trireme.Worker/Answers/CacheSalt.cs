using System.Globalization;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Http;

namespace Trireme.Worker.Answers;

/// <summary>
/// Whose cached prompts a request may find. The gateway says who shares in a header, and the body's cache_salt, which is the client's,
/// only keeps more apart: no body can reach what was stored under another header.
/// </summary>
internal static class CacheSalt
{
    /// <summary>The engine's salt; null where neither says anything.</summary>
    public static string? Of(HttpContext context, string? asked)
    {
        string? given = context.Request.Headers[TriremeHeaders.CacheSalt];
        string? own = asked is null ? null : "body " + asked;
        if (given is not { Length: > 0 }) return own;

        // With its length before it, the end of the header's text is where it is and nowhere else.
        return string.Create(CultureInfo.InvariantCulture, $"platform {given.Length} {given}{own}");
    }
}
