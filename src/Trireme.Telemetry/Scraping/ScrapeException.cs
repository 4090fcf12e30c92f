namespace Trireme.Telemetry.Scraping;

/// <summary>Why a target gave no text, in words for whoever looks at the target.</summary>
internal sealed class ScrapeException(string message) : Exception(message);
