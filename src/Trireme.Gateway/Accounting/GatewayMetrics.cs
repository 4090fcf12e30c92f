using System.Globalization;
using Trireme.Contracts.Metrics;
using Trireme.Fleet.Limits;
using Trireme.Gateway.Limits;
using Trireme.Gateway.Routing;

namespace Trireme.Gateway.Accounting;

/// <summary>The gateway's metric families. Requests that reach no service have empty labels.</summary>
internal sealed class GatewayMetrics
{
    private static readonly string[] ReleaseLabels = ["namespace", "service", "release"];

    private readonly Counter _requests;
    private readonly Counter _exceptions;
    private readonly Counter _droppedCopies;
    private readonly Counter _denials;
    private readonly ReleaseFamilies _families;
    private readonly ReleaseFamilies _copies;

    public GatewayMetrics(MetricRegistry registry)
    {
        _requests = registry.Counter(
            GatewayMetricNames.Requests, "Requests by HTTP status; 499 is a client that left.", [.. ReleaseLabels, "code"]);
        InFlight = new InFlightGauge(
            registry.Gauge(GatewayMetricNames.RequestsInFlight, "Requests being answered.", [.. ReleaseLabels, "replica"]));
        _exceptions = registry.Counter(
            GatewayMetricNames.UnexpectedExceptions, "Faults of the gateway itself, by the stage of the request.", "stage");
        _denials = registry.Counter(
            GatewayMetricNames.LimitDenials,
            "Requests and streams that a limit had no room for, by whose limit it is and what it is of.",
            "namespace",
            "service",
            "holder",
            "limit");
        _families = Families(registry, _requests, static name => name, "");
        _copies = Families(
            registry,
            registry.Counter(CopyName(GatewayMetricNames.Requests), "Copies of requests by HTTP status.", [.. ReleaseLabels, "code"]),
            CopyName,
            "Of copies of requests, which no client sees. ");
        _droppedCopies = registry.Counter(
            GatewayMetricNames.CopiesDropped,
            "Copies of requests that were not sent, or not heard to their end.",
            [.. ReleaseLabels, "reason"]);
    }

    /// <summary>Requests being answered, by replica.</summary>
    public InFlightGauge InFlight { get; }

    public ReleaseMetrics ForRelease(string ns, string service, string release) => new(_families, ns, service, release);

    /// <summary>The series of what copies of requests come to.</summary>
    public ReleaseMetrics ForCopies(string ns, string service, string release) => new(_copies, ns, service, release);

    /// <summary>Counts a copy that says nothing of its release.</summary>
    public void CountDroppedCopy(string release, ReplicaRoute replica, string reason) =>
        _droppedCopies.With(replica.Namespace, replica.Service, release, reason).Add();

    /// <summary>Counts a request that no release answered.</summary>
    public void CountUnrouted(string ns, string service, int code) =>
        _requests.With(ns, service, "", code.ToString(CultureInfo.InvariantCulture)).Add();

    /// <summary>Counts what a limit had no room for.</summary>
    public void CountDenial(ServiceRoute service, LimitDenial denial) =>
        _denials.With(service.Namespace, service.Name, denial.Scope.Kind, LimitErrors.LabelOf(denial.Kind)).Add();

    /// <summary>Counts a stage that threw.</summary>
    public void CountException(string stage) => _exceptions.With(stage).Add();

    private static string CopyName(string name) => GatewayMetricNames.CopiesPrefix + name[GatewayMetricNames.Prefix.Length..];

    /// <param name="registry">Where they are made.</param>
    /// <param name="requests">The counter of requests.</param>
    /// <param name="name">What a family is called.</param>
    /// <param name="of">What is said of each before its own help.</param>
    private static ReleaseFamilies Families(MetricRegistry registry, Counter requests, Func<string, string> name, string of) => new()
    {
        Requests = requests,
        TimeToFirstToken = registry.Histogram(
            name(GatewayMetricNames.TimeToFirstToken),
            of + "Seconds from the arrival of a request to the first byte of generated content.",
            MetricBuckets.TimeToFirstToken,
            ReleaseLabels),
        InterTokenLatency = registry.Histogram(
            name(GatewayMetricNames.InterTokenLatency),
            of + "Seconds between the chunks of a stream.",
            MetricBuckets.InterTokenLatency,
            ReleaseLabels),
        Duration = registry.Histogram(
            name(GatewayMetricNames.RequestDuration),
            of + "Seconds from the arrival of a request to the last byte of its answer.",
            MetricBuckets.RequestSeconds,
            ReleaseLabels),
        Retries = registry.Counter(
            name(GatewayMetricNames.Retries),
            of + "Requests sent again, by the release and the reason that failed.",
            [.. ReleaseLabels, "reason"]),
        BrokenStreams = registry.Counter(
            name(GatewayMetricNames.BrokenStreams), of + "Streams that ended without a finish reason.", ReleaseLabels),
        PromptTokens = registry.Counter(name(GatewayMetricNames.PromptTokens), of + "Tokens of prompts.", ReleaseLabels),
        TimeToFirstTokenLog = registry.LogSummary(
            name(GatewayMetricNames.TimeToFirstTokenLog),
            of + "Natural logarithms of the microseconds from the arrival of a request to the first byte of generated content.",
            ReleaseLabels),
        InterTokenLatencyLog = registry.LogSummary(
            name(GatewayMetricNames.InterTokenLatencyLog),
            of + "Natural logarithms of the mean microseconds between the chunks of a stream, over each sixteen of them.",
            ReleaseLabels),
        DurationLog = registry.LogSummary(
            name(GatewayMetricNames.RequestDurationLog),
            of + "Natural logarithms of the microseconds from the arrival of a request to the last byte of a complete answer.",
            ReleaseLabels),
        AnswerLengthLog = registry.LogSummary(
            name(GatewayMetricNames.AnswerLengthLog),
            of + "Natural logarithms of the generated tokens of complete answers.",
            ReleaseLabels),
        FinishedAnswers = registry.Counter(
            name(GatewayMetricNames.FinishedAnswers),
            of + "Complete generated answers by the reason that they ended for.",
            [.. ReleaseLabels, "finish_reason"]),
        GenerationTokens = registry.Counter(name(GatewayMetricNames.GenerationTokens), of + "Generated tokens.", ReleaseLabels),
    };
}
