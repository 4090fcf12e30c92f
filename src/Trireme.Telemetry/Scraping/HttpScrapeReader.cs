using System.Buffers;
using System.Globalization;
using System.Net.Http.Headers;

namespace Trireme.Telemetry.Scraping;

/// <summary>Reads a metrics page over HTTP, up to the bound on its size.</summary>
internal sealed class HttpScrapeReader(HttpClient client, Uri url, TelemetryOptions options) : IScrapeReader
{
    private const int ReadBytes = 16 * 1024;

    public async Task ReadAsync(IBufferWriter<byte> body, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/plain") { Parameters = { new("version", "0.0.4") } });
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/openmetrics-text", 0.5));
        request.Headers.Add(
            "X-Prometheus-Scrape-Timeout-Seconds",
            options.ScrapeTimeout.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture));
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw new ScrapeException($"server returned HTTP status {(int)response.StatusCode} {response.ReasonPhrase}");
        }

        await using Stream stream = await response.Content.ReadAsStreamAsync(cancellationToken);
        long total = 0;
        while (true)
        {
            int read = await stream.ReadAsync(body.GetMemory(ReadBytes), cancellationToken);
            if (read == 0) return;
            body.Advance(read);
            total += read;
            if (total > options.MaxScrapeBytes) throw new ScrapeException($"the answer is longer than {options.MaxScrapeBytes} bytes");
        }
    }
}
