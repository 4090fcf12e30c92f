using System.Buffers;
using System.Text;

namespace Trireme.Telemetry.Scraping;

/// <summary>Reads metrics of this process.</summary>
internal sealed class SourceScrapeReader(IMetricSource source) : IScrapeReader
{
    public Task ReadAsync(IBufferWriter<byte> body, CancellationToken cancellationToken)
    {
        try
        {
            Encoding.UTF8.GetBytes(source.ReadText(), body);
            return Task.CompletedTask;
        }
        catch (Exception exception)
        {
            // A gauge may read its value from code that fails; that is the state of this source, not of the scrape loop.
            throw new ScrapeException($"the metrics of this process cannot be read: {exception.Message}");
        }
    }
}
