using System.Globalization;
using Trireme.Contracts.Metrics;

namespace Trireme.Gateway.Accounting;

/// <summary>The gateway's metric families. Requests that reach no service have empty labels.</summary>
internal sealed class GatewayMetrics
{
    private static readonly string[] ReleaseLabels = ["namespace", "service", "release"];

    private readonly Counter _requests;
    private readonly Histogram _timeToFirstToken;
    private readonly Histogram _interTokenLatency;
    private readonly Histogram _duration;
    private readonly Counter _retries;
    private readonly Counter _brokenStreams;
    private readonly Counter _promptTokens;
    private readonly Counter _generationTokens;
    private readonly Counter _exceptions;

    public GatewayMetrics(MetricRegistry registry)
    {
        _requests = registry.Counter(
            GatewayMetricNames.Requests, "Requests by HTTP status; 499 is a client that left.", [.. ReleaseLabels, "code"]);
        _timeToFirstToken = registry.Histogram(
            GatewayMetricNames.TimeToFirstToken,
            "Seconds from the arrival of a request to the first byte of generated content.",
            MetricBuckets.TimeToFirstToken,
            ReleaseLabels);
        _interTokenLatency = registry.Histogram(
            GatewayMetricNames.InterTokenLatency,
            "Seconds between the chunks of a stream.",
            MetricBuckets.InterTokenLatency,
            ReleaseLabels);
        _duration = registry.Histogram(
            GatewayMetricNames.RequestDuration,
            "Seconds from the arrival of a request to the last byte of its answer.",
            MetricBuckets.RequestSeconds,
            ReleaseLabels);
        InFlight = new InFlightGauge(
            registry.Gauge(GatewayMetricNames.RequestsInFlight, "Requests being answered.", [.. ReleaseLabels, "replica"]));
        _retries = registry.Counter(
            GatewayMetricNames.Retries, "Requests sent again, by the release and the reason that failed.", [.. ReleaseLabels, "reason"]);
        _brokenStreams = registry.Counter(
            GatewayMetricNames.BrokenStreams, "Streams that ended without a finish reason.", ReleaseLabels);
        _promptTokens = registry.Counter(GatewayMetricNames.PromptTokens, "Tokens of prompts.", ReleaseLabels);
        _generationTokens = registry.Counter(GatewayMetricNames.GenerationTokens, "Generated tokens.", ReleaseLabels);
        _exceptions = registry.Counter(
            GatewayMetricNames.UnexpectedExceptions, "Faults of the gateway itself, by the stage of the request.", "stage");
    }

    /// <summary>Requests being answered, by replica.</summary>
    public InFlightGauge InFlight { get; }

    public ReleaseMetrics ForRelease(string ns, string service, string release) => new()
    {
        Requests = code => _requests.With(ns, service, release, code.ToString(CultureInfo.InvariantCulture)),
        Retries = reason => _retries.With(ns, service, release, reason),
        TimeToFirstToken = _timeToFirstToken.With(ns, service, release),
        InterTokenLatency = _interTokenLatency.With(ns, service, release),
        Duration = _duration.With(ns, service, release),
        BrokenStreams = _brokenStreams.With(ns, service, release),
        PromptTokens = _promptTokens.With(ns, service, release),
        GenerationTokens = _generationTokens.With(ns, service, release),
    };

    /// <summary>Counts a request that no release answered.</summary>
    public void CountUnrouted(string ns, string service, int code) =>
        _requests.With(ns, service, "", code.ToString(CultureInfo.InvariantCulture)).Add();

    /// <summary>Counts a stage that threw.</summary>
    public void CountException(string stage) => _exceptions.With(stage).Add();
}

/// <summary>The series of one release, looked up once per snapshot.</summary>
internal sealed class ReleaseMetrics
{
    public required Func<int, Counter.Series> Requests { get; init; }

    public required Func<string, Counter.Series> Retries { get; init; }

    public required Histogram.Series TimeToFirstToken { get; init; }

    public required Histogram.Series InterTokenLatency { get; init; }

    public required Histogram.Series Duration { get; init; }

    public required Counter.Series BrokenStreams { get; init; }

    public required Counter.Series PromptTokens { get; init; }

    public required Counter.Series GenerationTokens { get; init; }
}
