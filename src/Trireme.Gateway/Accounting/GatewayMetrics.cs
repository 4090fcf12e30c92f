using System.Globalization;
using Trireme.Contracts.Metrics;

namespace Trireme.Gateway.Accounting;

/// <summary>The gateway's metric families. Requests that reach no service have empty labels.</summary>
internal sealed class GatewayMetrics
{
    private static readonly string[] ReleaseLabels = ["namespace", "service", "release"];

    private readonly Counter _requests;
    private readonly Counter _exceptions;
    private readonly ReleaseFamilies _families;

    public GatewayMetrics(MetricRegistry registry)
    {
        _requests = registry.Counter(
            GatewayMetricNames.Requests, "Requests by HTTP status; 499 is a client that left.", [.. ReleaseLabels, "code"]);
        InFlight = new InFlightGauge(
            registry.Gauge(GatewayMetricNames.RequestsInFlight, "Requests being answered.", [.. ReleaseLabels, "replica"]));
        _exceptions = registry.Counter(
            GatewayMetricNames.UnexpectedExceptions, "Faults of the gateway itself, by the stage of the request.", "stage");
        _families = new ReleaseFamilies
        {
            Requests = _requests,
            TimeToFirstToken = registry.Histogram(
                GatewayMetricNames.TimeToFirstToken,
                "Seconds from the arrival of a request to the first byte of generated content.",
                MetricBuckets.TimeToFirstToken,
                ReleaseLabels),
            InterTokenLatency = registry.Histogram(
                GatewayMetricNames.InterTokenLatency,
                "Seconds between the chunks of a stream.",
                MetricBuckets.InterTokenLatency,
                ReleaseLabels),
            Duration = registry.Histogram(
                GatewayMetricNames.RequestDuration,
                "Seconds from the arrival of a request to the last byte of its answer.",
                MetricBuckets.RequestSeconds,
                ReleaseLabels),
            Retries = registry.Counter(
                GatewayMetricNames.Retries,
                "Requests sent again, by the release and the reason that failed.",
                [.. ReleaseLabels, "reason"]),
            BrokenStreams = registry.Counter(
                GatewayMetricNames.BrokenStreams, "Streams that ended without a finish reason.", ReleaseLabels),
            PromptTokens = registry.Counter(GatewayMetricNames.PromptTokens, "Tokens of prompts.", ReleaseLabels),
            GenerationTokens = registry.Counter(GatewayMetricNames.GenerationTokens, "Generated tokens.", ReleaseLabels),
        };
    }

    /// <summary>Requests being answered, by replica.</summary>
    public InFlightGauge InFlight { get; }

    public ReleaseMetrics ForRelease(string ns, string service, string release) => new(_families, ns, service, release);

    /// <summary>Counts a request that no release answered.</summary>
    public void CountUnrouted(string ns, string service, int code) =>
        _requests.With(ns, service, "", code.ToString(CultureInfo.InvariantCulture)).Add();

    /// <summary>Counts a stage that threw.</summary>
    public void CountException(string stage) => _exceptions.With(stage).Add();
}
