namespace Trireme.Telemetry.Storage;

/// <summary>
/// Where samples are read from: memory, a log, blocks on disk, or several of them behind one. Safe for concurrent use with appends.
/// A reader sees every sample committed before it asked. Of a commit that happens meanwhile it may see some series with the new
/// sample and others without, never half a sample.
/// </summary>
internal interface ISeriesReader
{
    /// <summary>
    /// The series that match all conditions and may have samples from one time to another, both included and in milliseconds since
    /// the Unix epoch; sorted by labels, each label set once. What is evicted while the result is read is missing from it.
    /// </summary>
    /// <exception cref="Patterns.PatternBudgetException">A pattern takes too long to match.</exception>
    IReadOnlyList<ISeries> Select(
        IReadOnlyList<LabelMatcher> matchers,
        long fromMs,
        long toMs,
        CancellationToken cancellationToken);

    /// <summary>Names of all labels, in any order.</summary>
    IEnumerable<string> LabelNames();

    /// <summary>Values of a label, in any order.</summary>
    IEnumerable<string> LabelValues(string name);
}
