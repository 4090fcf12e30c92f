using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Trireme.ApiServer.Requests;

/// <summary>An answer that stays the same while the server runs. Clients that have it are told so by its hash instead.</summary>
internal sealed class StaticDocument
{
    private readonly string _contentType;
    private readonly byte[] _content;
    private readonly Lazy<byte[]> _compressed;

    public StaticDocument(byte[] content, string contentType = RequestContent.Json)
    {
        _content = content;
        _contentType = contentType;
        _compressed = new Lazy<byte[]>(Compress);
        Hash = Convert.ToHexString(SHA512.HashData(content));
    }

    public string Hash { get; }

    public ReadOnlyMemory<byte> Content => _content;

    /// <param name="http">The request.</param>
    /// <param name="cacheControl">How long clients may keep it without asking.</param>
    public async Task WriteAsync(HttpContext http, string cacheControl = "public")
    {
        HttpResponse response = http.Response;
        response.Headers.ETag = $"\"{Hash}\"";
        response.Headers.Vary = "Accept";
        response.Headers.CacheControl = cacheControl;
        if (IsKnown(http.Request))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        bool compress = _content.Length > Compression.MinBytes && Compression.IsTaken(http.Request);
        if (compress) response.Headers.ContentEncoding = Compression.Gzip;
        response.ContentType = _contentType;
        await response.Body.WriteAsync(compress ? _compressed.Value : _content, http.RequestAborted);
    }

    private bool IsKnown(HttpRequest request)
    {
        foreach (string tag in request.Headers.IfNoneMatch.ToString().Split(',', StringSplitOptions.TrimEntries))
        {
            ReadOnlySpan<char> known = tag.StartsWith("W/", StringComparison.Ordinal) ? tag.AsSpan(2) : tag;
            if (known is "*" || known.Trim('"').SequenceEqual(Hash)) return true;
        }

        return false;
    }

    private byte[] Compress()
    {
        using var buffer = new MemoryStream();
        using (var gzip = new GZipStream(buffer, CompressionLevel.Optimal)) gzip.Write(_content);
        return buffer.ToArray();
    }
}
