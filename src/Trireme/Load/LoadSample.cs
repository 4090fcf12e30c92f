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

    /// <summary>Null for an answer without a token.</summary>
    public double? TimeToFirstToken { get; init; }

    public double Duration { get; init; }

    /// <summary>Mean time between the parts of the answer; null for an answer of one, which has nothing in between.</summary>
    public double? InterTokenLatency { get; init; }

    public string? Error { get; init; }
}
