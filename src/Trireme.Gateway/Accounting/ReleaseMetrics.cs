using System.Globalization;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Metrics;

namespace Trireme.Gateway.Accounting;

/// <summary>The families that have series for each release.</summary>
internal sealed record ReleaseFamilies
{
    public required Counter Requests { get; init; }

    public required Counter Retries { get; init; }

    public required Histogram TimeToFirstToken { get; init; }

    public required Histogram InterTokenLatency { get; init; }

    public required Histogram Duration { get; init; }

    public required Counter BrokenStreams { get; init; }

    public required Counter PromptTokens { get; init; }

    public required Counter GenerationTokens { get; init; }

    public required LogSummary TimeToFirstTokenLog { get; init; }

    public required LogSummary InterTokenLatencyLog { get; init; }

    public required LogSummary DurationLog { get; init; }

    public required LogSummary AnswerLengthLog { get; init; }

    public required Counter FinishedAnswers { get; init; }
}

/// <summary>
/// The series of one release. A release that can answer has them from the start, because a rate over a series that appears with its first
/// event misses that event. One without replicas has none until it is used: a thousand services that sleep cost no scrape anything.
/// </summary>
internal sealed class ReleaseMetrics(ReleaseFamilies families, string @namespace, string service, string release)
{
    private Histogram.Series? _timeToFirstToken;
    private Histogram.Series? _interTokenLatency;
    private Histogram.Series? _duration;
    private Counter.Series? _brokenStreams;
    private Counter.Series? _promptTokens;
    private Counter.Series? _generationTokens;
    private LogSummary.Series? _timeToFirstTokenLog;
    private LogSummary.Series? _interTokenLatencyLog;
    private LogSummary.Series? _durationLog;
    private LogSummary.Series? _answerLengthLog;

    public Histogram.Series TimeToFirstToken => _timeToFirstToken ??= families.TimeToFirstToken.With(@namespace, service, release);

    public Histogram.Series InterTokenLatency => _interTokenLatency ??= families.InterTokenLatency.With(@namespace, service, release);

    public Histogram.Series Duration => _duration ??= families.Duration.With(@namespace, service, release);

    public Counter.Series BrokenStreams => _brokenStreams ??= families.BrokenStreams.With(@namespace, service, release);

    public Counter.Series PromptTokens => _promptTokens ??= families.PromptTokens.With(@namespace, service, release);

    public Counter.Series GenerationTokens => _generationTokens ??= families.GenerationTokens.With(@namespace, service, release);

    public LogSummary.Series TimeToFirstTokenLog =>
        _timeToFirstTokenLog ??= families.TimeToFirstTokenLog.With(@namespace, service, release);

    public LogSummary.Series InterTokenLatencyLog =>
        _interTokenLatencyLog ??= families.InterTokenLatencyLog.With(@namespace, service, release);

    public LogSummary.Series DurationLog => _durationLog ??= families.DurationLog.With(@namespace, service, release);

    public LogSummary.Series AnswerLengthLog => _answerLengthLog ??= families.AnswerLengthLog.With(@namespace, service, release);

    /// <summary>The series of a finish reason, of which there are few.</summary>
    public Counter.Series FinishedAnswers(string finishReason) =>
        families.FinishedAnswers.With(@namespace, service, release, FinishReasons.Label(finishReason));

    public Counter.Series Requests(int code) =>
        families.Requests.With(@namespace, service, release, code.ToString(CultureInfo.InvariantCulture));

    public Counter.Series Retries(string reason) => families.Retries.With(@namespace, service, release, reason);

    /// <summary>Counts an answer that has ended.</summary>
    public void Count(RequestOutcome outcome, TimeSpan elapsed)
    {
        Requests(outcome.Status).Add();
        Duration.Observe(elapsed.TotalSeconds);
        if (!outcome.IsComplete && outcome.EndedBy != RequestEnd.Client) BrokenStreams.Add();
        if (outcome.Usage is { } tokens)
        {
            PromptTokens.Add(tokens.Prompt);
            GenerationTokens.Add(tokens.Generated);
        }

        // What a client broke off, or was refused, is no answer whose length or time says anything of the release.
        if (!outcome.IsComplete || outcome.Status >= StatusCodes.Status400BadRequest) return;
        DurationLog.Observe(elapsed.TotalMicroseconds);
        if (outcome.FinishReason is not { } reason) return;
        FinishedAnswers(reason).Add();
        if (outcome.Usage is { } usage) AnswerLengthLog.Observe(usage.Generated);
    }

    /// <summary>Makes the series appear.</summary>
    public void Begin() =>
        _ = (
            TimeToFirstToken, InterTokenLatency, Duration, BrokenStreams, PromptTokens, GenerationTokens, TimeToFirstTokenLog,
            InterTokenLatencyLog, DurationLog, AnswerLengthLog);
}
