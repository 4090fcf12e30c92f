namespace Trireme.Telemetry.Storage;

internal enum AppendOutcome
{
    Stored,

    /// <summary>The series has a sample of this time; the first one stays.</summary>
    Duplicate,

    /// <summary>The series has a later sample.</summary>
    OutOfOrder,

    /// <summary>The sample would start a series beyond the bound.</summary>
    SeriesLimit,
}
