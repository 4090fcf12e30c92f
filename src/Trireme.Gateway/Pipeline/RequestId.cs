using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Trireme.Contracts.Http;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Pipeline;

/// <summary>The id that ties a request's answer, logs and traces together.</summary>
internal static class RequestId
{
    private const int MaxLength = 128;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:");

    /// <summary>The client's id if it is harmless in headers and logs, else a new one; it is set on the response.</summary>
    public static string Assign(HttpContext context, ApiDialect dialect)
    {
        StringValues sent = context.Request.Headers[TriremeHeaders.RequestId];
        string id = sent.Count == 1 && sent[0] is { Length: > 0 and <= MaxLength } text && !text.AsSpan().ContainsAnyExcept(Allowed)
            ? text
            : $"req_{Guid.NewGuid():N}";
        Show(context.Response, dialect, id);
        return id;
    }

    /// <summary>Sets the id on the response, also by the name that the dialect's clients look for.</summary>
    public static void Show(HttpResponse response, ApiDialect dialect, string id)
    {
        response.Headers[TriremeHeaders.RequestId] = id;
        if (dialect == ApiDialect.Anthropic) response.Headers[TriremeHeaders.AnthropicRequestId] = id;
    }
}
