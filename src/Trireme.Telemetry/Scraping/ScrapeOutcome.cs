namespace Trireme.Telemetry.Scraping;

/// <summary>What came of one scrape.</summary>
/// <param name="Error">What failed, or null.</param>
/// <param name="Samples">Number of samples in the answer.</param>
/// <param name="MalformedLines">Lines that could not be read; any fails the scrape.</param>
internal readonly record struct ScrapeOutcome(string? Error, int Samples, int MalformedLines);
