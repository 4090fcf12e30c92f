namespace Trireme.Telemetry.Storage;

/// <summary>Samples of a batch by what became of them.</summary>
internal record struct CommitResult
{
    public int Stored { get; private set; }

    public int Duplicates { get; private set; }

    public int OutOfOrder { get; private set; }

    public int OverSeriesLimit { get; private set; }

    public int OverMemoryLimit { get; private set; }

    public void Count(AppendOutcome outcome)
    {
        switch (outcome)
        {
            case AppendOutcome.Stored: Stored++; break;
            case AppendOutcome.Duplicate: Duplicates++; break;
            case AppendOutcome.OutOfOrder: OutOfOrder++; break;
            case AppendOutcome.SeriesLimit: OverSeriesLimit++; break;
            default: OverMemoryLimit++; break;
        }
    }
}
