using System.IO.Compression;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Trireme.ApiServer.Requests;

/// <summary>Compresses long answers to reads for clients that take that. Short ones would cost more time than they save.</summary>
internal static class Compression
{
    public const string Gzip = "gzip";

    /// <summary>Kubernetes' own bound.</summary>
    public const int MinBytes = 128 << 10;

    public static bool IsTaken(HttpRequest request)
    {
        if (!HttpMethods.IsGet(request.Method) || request.Headers.AcceptEncoding.Count == 0) return false;
        return StringWithQualityHeaderValue.TryParseList(request.Headers.AcceptEncoding, out IList<StringWithQualityHeaderValue>? taken)
            && taken.Any(static coding => coding.Value.Equals(Gzip, StringComparison.OrdinalIgnoreCase) && coding.Quality is null or > 0);
    }

    /// <summary>Where an answer is written; it must be completed in the end.</summary>
    /// <param name="http">The request.</param>
    /// <param name="bytes">Length of the answer, roughly.</param>
    public static PipeWriter Output(HttpContext http, long bytes)
    {
        if (bytes <= MinBytes || !IsTaken(http.Request)) return http.Response.BodyWriter;
        http.Response.Headers.ContentEncoding = Gzip;
        return PipeWriter.Create(new GZipStream(http.Response.Body, CompressionLevel.Fastest, leaveOpen: true));
    }
}
