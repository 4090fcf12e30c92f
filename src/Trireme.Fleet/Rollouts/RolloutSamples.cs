namespace Trireme.Fleet.Rollouts;

/// <summary>What was seen of both releases since the current step began.</summary>
public sealed record RolloutSamples
{
    public static RolloutSamples None { get; } = new();

    /// <summary>
    /// Windows of equal length in which both releases served at the same time, by rising start. They are complete: nothing more will be
    /// known of them.
    /// </summary>
    public IReadOnlyList<WindowPair> Windows { get; init; } = [];

    /// <summary>The quality probe's result for each held-out text, on both releases.</summary>
    public IReadOnlyList<QualityPair> Quality { get; init; } = [];

    /// <summary>Which tasks either release solved; empty until all were asked.</summary>
    public IReadOnlyList<TaskPair> Tasks { get; init; } = [];

    /// <summary>Why the windows have no prices, as a clause; null where they have, or none are asked for.</summary>
    public string? CostProblem { get; init; }
}

/// <summary>
/// The same stretch of time on both releases. Comparing within a window cancels what both feel: load, mix, a slow disk.
/// </summary>
public sealed record WindowPair(DateTimeOffset Start, ArmWindow Baseline, ArmWindow Candidate)
{
    /// <summary>
    /// True of a window that comes after the one with this start. Starts are names, given by the clock of the samples, which never goes
    /// back; no interval is measured by them.
    /// </summary>
    public bool IsAfter(DateTimeOffset? start) => start is not { } known || Start.CompareTo(known) > 0;
}

/// <summary>One release in one window.</summary>
public sealed record ArmWindow
{
    /// <summary>Finished requests, failed ones included; requests the client gave up or got wrong (status 4xx) are not counted.</summary>
    public long Requests { get; init; }

    /// <summary>Requests that failed through the fault of the service (status 5xx or a broken stream).</summary>
    public long Errors { get; init; }

    /// <summary>Times to first token, in seconds.</summary>
    public LogSum Ttft { get; init; }

    /// <summary>Inter-token latencies, in seconds; each is the mean of a run of pauses of one stream.</summary>
    public LogSum Itl { get; init; }

    /// <summary>Times from arrival to the last byte, in seconds.</summary>
    public LogSum Duration { get; init; }

    /// <summary>Tokens generated per answer.</summary>
    public LogSum OutputTokens { get; init; }

    /// <summary>Answers by the reason that they ended for.</summary>
    public FinishCounts Finished { get; init; }

    /// <summary>What a replica of the release costs for an hour; null where that is not known or not asked for.</summary>
    public double? PricePerHour { get; init; }

    /// <summary>
    /// Cost of a token: the price of a replica for the time that a request took, over the tokens of its answer. A replica works on several
    /// requests at once, so that these are no bills; both releases are counted alike.
    /// </summary>
    internal LogSum CostPerToken
    {
        get
        {
            if (PricePerHour is not > 0 || Duration.Count == 0 || OutputTokens.Count == 0) return default;
            double mean = (Duration.Sum / Duration.Count) - (OutputTokens.Sum / OutputTokens.Count) + Math.Log(PricePerHour.Value / 3600);
            long count = Math.Min(Duration.Count, OutputTokens.Count);
            return new LogSum(count, count * mean);
        }
    }
}

/// <summary>
/// Measurements as the sum of their natural logarithms. Its mean does not depend on how many there are, where the logarithm of a mean
/// does, and hundredfold outliers weigh no more than a few units in it.
/// </summary>
public readonly record struct LogSum(long Count, double Sum)
{
    public static LogSum operator +(LogSum a, LogSum b) => Add(a, b);

    public static LogSum Add(LogSum left, LogSum right) => new(left.Count + right.Count, left.Sum + right.Sum);

    /// <summary>So many measurements of the same value.</summary>
    public static LogSum Of(double value, long count) => new(count, count * Math.Log(value));
}

/// <summary>Answers by the reason that they ended for, in OpenAI's words.</summary>
public readonly record struct FinishCounts(long Stop, long Length, long ToolCalls, long ContentFilter, long Other)
{
    public long Total => Stop + Length + ToolCalls + ContentFilter + Other;
}

/// <summary>
/// One held-out text on both releases. Bits per byte is the negative log2-likelihood of the text over its UTF-8 length:
/// unlike perplexity per token it compares models whose tokenizers differ.
/// </summary>
public sealed record QualityPair(int Prompt, double BaselineBitsPerByte, double CandidateBitsPerByte);

/// <summary>One task on both releases.</summary>
public sealed record TaskPair(int Task, bool BaselineSolved, bool CandidateSolved);
