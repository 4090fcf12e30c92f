using System.Net;
using System.Net.Http.Headers;

namespace Trireme.Operator.Artifacts;

/// <summary>What a server made of a request for the rest of a file.</summary>
internal static class RangedAnswer
{
    /// <summary>Asks for a file from a byte on, if it is still the file that was begun.</summary>
    public static void Ask(HttpRequestHeaders headers, long from, string? etag)
    {
        // A body that comes packed cannot be resumed, nor counted.
        headers.AcceptEncoding.ParseAdd("identity");
        if (from <= 0) return;
        headers.Range = new RangeHeaderValue(from, null);
        if (etag is not null && EntityTagHeaderValue.TryParse(etag, out EntityTagHeaderValue? tag) && !tag.IsWeak)
        {
            headers.IfRange = new RangeConditionHeaderValue(tag);
        }
    }

    /// <summary>Where its first byte stands: where it was asked for, or at 0; null when it is neither.</summary>
    public static long? From(HttpResponseMessage answer, long asked) => answer.StatusCode switch
    {
        HttpStatusCode.OK => 0,
        HttpStatusCode.PartialContent => answer.Content.Headers.ContentRange?.From is { } from && from == asked ? asked : null,
        _ => null,
    };

    /// <summary>The answer's body.</summary>
    /// <exception cref="HttpRequestException">It is not what was asked for.</exception>
    public static async Task<RemoteContent> OpenAsync(HttpResponseMessage answer, long asked, CancellationToken cancellationToken)
    {
        if (From(answer, asked) is not { } from)
        {
            HttpStatusCode status = answer.StatusCode;
            answer.Dispose();
            throw new HttpRequestException($"The server answered {(int)status} to a request for the bytes from {asked} on.", null, status);
        }

        return new RemoteContent(await answer.Content.ReadAsStreamAsync(cancellationToken), from, answer);
    }
}
