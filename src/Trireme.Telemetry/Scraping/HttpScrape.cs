using System.IO.Compression;
using System.Runtime.InteropServices;

namespace Trireme.Telemetry.Scraping;

/// <summary>Reads a metrics page over HTTP, plain or compressed with gzip.</summary>
internal sealed class HttpScrape(
    HttpClient client, ScrapeTarget target, TargetSeries series, ScrapeMemory memory, TelemetryOptions options) : IScrape
{
    private readonly ScrapeBody _body = new(memory, options.MaxScrapeBytes);
    private ScrapeBody? _plain;

    public async Task<ScrapeOutcome> ReadAsync(long timestampMs, CancellationToken cancellationToken)
    {
        try
        {
            ReadOnlyMemory<byte> text = await FetchAsync(cancellationToken);
            return series.Ingest(text.Span, timestampMs);
        }
        finally
        {
            _body.Clear();
            _plain?.Clear();
        }
    }

    public void End(long timestampMs) => series.End(timestampMs);

    public void Dispose() => series.Dispose();

    private async Task<ReadOnlyMemory<byte>> FetchAsync(CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, target.Url);
        if (target.Key is { } key) request.Headers.Add("Authorization", key.ToAuthorization());
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw new ScrapeException($"server returned HTTP status {(int)response.StatusCode} {response.ReasonPhrase}");
        }

        bool isOpenMetrics = ExpositionFormat.IsOpenMetrics(response.Content.Headers);
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        await _body.FillAsync(stream, cancellationToken);
        string encoding = string.Join(", ", response.Content.Headers.ContentEncoding);
        ReadOnlyMemory<byte> text = encoding switch
        {
            "" or "identity" => _body.Written,
            "gzip" or "x-gzip" => await DecompressAsync(_body.Written, cancellationToken),
            _ => throw new ScrapeException($"the answer is encoded as \"{encoding}\", which was not asked for"),
        };
        if (isOpenMetrics) ExpositionFormat.CheckEnd(text.Span);
        return text;
    }

    private async Task<ReadOnlyMemory<byte>> DecompressAsync(ReadOnlyMemory<byte> compressed, CancellationToken cancellationToken)
    {
        _plain ??= new ScrapeBody(memory, options.MaxScrapeBytes);
        try
        {
            MemoryStream bytes = MemoryMarshal.TryGetArray(compressed, out ArraySegment<byte> held)
                ? new MemoryStream(held.Array!, held.Offset, held.Count)
                : new MemoryStream(compressed.ToArray());
            await using var gzip = new GZipStream(bytes, CompressionMode.Decompress);
            await _plain.FillAsync(gzip, cancellationToken);
        }
        catch (InvalidDataException exception)
        {
            throw new ScrapeException("the answer is no valid gzip: " + exception.Message);
        }

        if (!GzipTrailer.Matches(compressed.Span, _plain.Written.Span)) throw new ScrapeException("the answer is gzip that was cut short");
        return _plain.Written;
    }
}
