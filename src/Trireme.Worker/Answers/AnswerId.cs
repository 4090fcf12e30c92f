using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Http;

namespace Trireme.Worker.Answers;

/// <summary>The id of an answer: that of its HTTP request, by which gateway, logs and traces know it too.</summary>
internal static class AnswerId
{
    private const int MaxLength = 128;

    /// <summary>The id that a client sent is used when it is short and printable.</summary>
    public static bool IsUsable(string? id) => id is { Length: > 0 and <= MaxLength } && !id.AsSpan().ContainsAnyExceptInRange('!', '~');

    /// <param name="prefix">Kind of the answer, such as "cmpl".</param>
    /// <param name="context">The header X-Request-Id comes first, as in vLLM.</param>
    /// <param name="asked">The field request_id.</param>
    public static string Of(string prefix, HttpContext context, string? asked)
    {
        bool isSent = IsUsable(context.Request.Headers[TriremeHeaders.RequestId]);
        return $"{prefix}-{(!isSent && IsUsable(asked) ? asked : context.Response.Headers[TriremeHeaders.RequestId].ToString())}";
    }
}
