namespace Trireme.Load;

/// <summary>How one request ended.</summary>
internal enum LoadOutcome
{
    Succeeded,

    /// <summary>Refused or failed before the first byte of the answer.</summary>
    Failed,

    /// <summary>Began to answer and did not end properly.</summary>
    Cut,
}

/// <summary>One request as the client saw it; times in seconds.</summary>
internal sealed record LoadSample
{
    public required LoadOutcome Outcome { get; init; }

    public string Release { get; init; } = "";

    public double TimeToFirstToken { get; init; }

    public double Duration { get; init; }

    /// <summary>Mean time between chunks; 0 for answers of one chunk.</summary>
    public double InterTokenLatency { get; init; }

    public int Chunks { get; init; }

    public string? Error { get; init; }
}
