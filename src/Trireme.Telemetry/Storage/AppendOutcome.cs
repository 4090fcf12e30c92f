namespace Trireme.Telemetry.Storage;

/// <summary>What became of one sample.</summary>
internal enum AppendOutcome
{
    Stored,

    /// <summary>The series has a sample of this time; the first one stays.</summary>
    Duplicate,

    /// <summary>The series has a later sample.</summary>
    OutOfOrder,

    /// <summary>The sample would start a series beyond the bound, and no other source has more than its share.</summary>
    SeriesLimit,

    /// <summary>The sample needs memory beyond the bound, and nothing older can make room.</summary>
    MemoryLimit,
}
