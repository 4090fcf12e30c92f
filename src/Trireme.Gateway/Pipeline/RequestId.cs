using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Trireme.Contracts.Http;

namespace Trireme.Gateway.Pipeline;

/// <summary>The id that ties a request's answer, logs and traces together.</summary>
internal static class RequestId
{
    private const int MaxLength = 128;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:");

    /// <summary>The client's id if it is harmless in headers and logs, else a new one; it is set on the response.</summary>
    public static string Assign(HttpContext context)
    {
        StringValues sent = context.Request.Headers[TriremeHeaders.RequestId];
        string id = sent.Count == 1 && sent[0] is { Length: > 0 and <= MaxLength } text && !text.AsSpan().ContainsAnyExcept(Allowed)
            ? text
            : $"req_{Guid.NewGuid():N}";
        context.Response.Headers[TriremeHeaders.RequestId] = id;
        return id;
    }
}
