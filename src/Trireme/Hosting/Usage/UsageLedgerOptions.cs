namespace Trireme.Hosting.Usage;

/// <summary>What the usage ledger keeps, and for how long.</summary>
internal sealed record UsageLedgerOptions
{
    /// <summary>Whether requests are entered at all.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>
    /// How to connect to a PostgreSQL database that takes the entries instead of the data folder's file; null for the file.
    /// </summary>
    public string? Postgres { get; init; }

    /// <summary>How long the sums of each hour are kept.</summary>
    public TimeSpan MaxAge { get; init; } = TimeSpan.FromDays(400);

    /// <summary>How long single requests are kept.</summary>
    public TimeSpan MaxRequestAge { get; init; } = TimeSpan.FromDays(30);

    /// <summary>Bytes of the file beyond which the oldest single requests go.</summary>
    public long MaxBytes { get; init; } = 1L << 30;

    /// <summary>Bytes of entries that wait for the file, of one gateway.</summary>
    public long MaxSpoolBytes { get; init; } = 64L << 20;
}
