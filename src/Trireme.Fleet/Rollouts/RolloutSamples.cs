namespace Trireme.Fleet.Rollouts;

/// <summary>What was seen of both releases since the current step began.</summary>
public sealed record RolloutSamples
{
    public static RolloutSamples None { get; } = new();

    /// <summary>Consecutive windows of equal length in which both releases served at the same time.</summary>
    public IReadOnlyList<WindowPair> Windows { get; init; } = [];

    /// <summary>The quality probe's result for each held-out text, on both releases.</summary>
    public IReadOnlyList<QualityPair> Quality { get; init; } = [];
}

/// <summary>
/// The same stretch of time on both releases. Comparing within a window cancels what both feel: load, mix, a slow disk.
/// </summary>
public sealed record WindowPair(DateTimeOffset Start, ArmWindow Baseline, ArmWindow Candidate);

/// <summary>One release in one window.</summary>
public sealed record ArmWindow
{
    /// <summary>Finished requests, failed ones included; requests the client gave up or got wrong (status 4xx) are not counted.</summary>
    public long Requests { get; init; }

    /// <summary>Requests that failed through the fault of the service (status 5xx or a broken stream).</summary>
    public long Errors { get; init; }

    /// <summary>Sum of times to first token, in seconds.</summary>
    public double TtftSeconds { get; init; }

    public long TtftCount { get; init; }

    /// <summary>Sum of inter-token latencies, in seconds.</summary>
    public double ItlSeconds { get; init; }

    public long ItlCount { get; init; }
}

/// <summary>
/// One held-out text on both releases. Bits per byte is the negative log2-likelihood of the text over its UTF-8 length:
/// unlike perplexity per token it compares models whose tokenizers differ.
/// </summary>
public sealed record QualityPair(int Prompt, double BaselineBitsPerByte, double CandidateBitsPerByte);
