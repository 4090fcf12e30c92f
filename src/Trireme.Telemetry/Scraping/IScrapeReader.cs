using System.Buffers;

namespace Trireme.Telemetry.Scraping;

/// <summary>Gets the text of a target. Failures to get it are <see cref="ScrapeException"/>.</summary>
internal interface IScrapeReader
{
    Task ReadAsync(IBufferWriter<byte> body, CancellationToken cancellationToken);
}

/// <summary>Why a target gave no text, in words for whoever looks at the target.</summary>
internal sealed class ScrapeException(string message) : Exception(message);
