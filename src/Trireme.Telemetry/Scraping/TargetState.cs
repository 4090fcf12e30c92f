namespace Trireme.Telemetry.Scraping;

/// <summary>The last scrape of a target, replaced whole after each one.</summary>
/// <param name="Health">unknown, up or down.</param>
/// <param name="LastError">Why the target is down, or empty.</param>
/// <param name="LastScrape">When the last scrape began.</param>
/// <param name="LastDuration">How long it took.</param>
internal sealed record TargetState(string Health, string LastError, DateTimeOffset LastScrape, TimeSpan LastDuration)
{
    public static TargetState Unknown { get; } = new("unknown", "", default, default);
}
