using System.Globalization;
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

    public Histogram.Series TimeToFirstToken => _timeToFirstToken ??= families.TimeToFirstToken.With(@namespace, service, release);

    public Histogram.Series InterTokenLatency => _interTokenLatency ??= families.InterTokenLatency.With(@namespace, service, release);

    public Histogram.Series Duration => _duration ??= families.Duration.With(@namespace, service, release);

    public Counter.Series BrokenStreams => _brokenStreams ??= families.BrokenStreams.With(@namespace, service, release);

    public Counter.Series PromptTokens => _promptTokens ??= families.PromptTokens.With(@namespace, service, release);

    public Counter.Series GenerationTokens => _generationTokens ??= families.GenerationTokens.With(@namespace, service, release);

    public Counter.Series Requests(int code) =>
        families.Requests.With(@namespace, service, release, code.ToString(CultureInfo.InvariantCulture));

    public Counter.Series Retries(string reason) => families.Retries.With(@namespace, service, release, reason);

    /// <summary>Makes the series appear.</summary>
    public void Begin() =>
        _ = (TimeToFirstToken, InterTokenLatency, Duration, BrokenStreams, PromptTokens, GenerationTokens);
}
