namespace Trireme.Telemetry.Storage;

/// <summary>
/// Whose samples a source brings. Each kind has half of the store for certain and uses of the other half what is free, so that no number
/// of targets crowds out what the platform says about itself and about them.
/// </summary>
internal enum SourceKind
{
    /// <summary>A scraped endpoint: as many series as it likes to answer.</summary>
    Target,

    /// <summary>Metrics of this process, and the results of scrapes such as <c>up</c>.</summary>
    Platform,
}
