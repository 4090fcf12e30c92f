using Trireme.Contracts.Metrics;

namespace Trireme.Dashboard.Fleet;

/// <summary>Every PromQL expression of the dashboard.</summary>
internal static class Expressions
{
    private const string ByService = "sum by (namespace, service)";

    public const string RequestsPerSecond = $"{ByService} (rate({GatewayMetricNames.Requests}[30s]))";

    public const string FailuresPerSecond = $"{ByService} (rate({GatewayMetricNames.Requests}{{code=~\"5..\"}}[30s]))";

    public const string TokensPerSecond = $"{ByService} (rate({EngineMetricNames.GenerationTokens}[30s]))";

    public const string TtftP95 =
        $"histogram_quantile(0.95, sum by (le, namespace, service) (rate({GatewayMetricNames.TimeToFirstToken}_bucket[1m])))";

    public const string QueueWaitP95 =
        $"histogram_quantile(0.95, sum by (le, namespace, service) (rate({EngineMetricNames.QueueTime}_bucket[1m])))";

    public const string KvUse = $"avg by (namespace, service) ({EngineMetricNames.KvCacheUsage})";

    public const string ReplicaRunning = $"sum by (namespace, replica) ({EngineMetricNames.RequestsRunning})";

    public const string ReplicaWaiting = $"sum by (namespace, replica) ({EngineMetricNames.RequestsWaiting})";

    public const string ReplicaKvUse = $"avg by (namespace, replica) ({EngineMetricNames.KvCacheUsage})";

    public static string FleetRequests(int stepSeconds) => $"sum(rate({GatewayMetricNames.Requests}[{Window(stepSeconds, 30)}s]))";

    public static string FleetTokens(int stepSeconds) => $"sum(rate({EngineMetricNames.GenerationTokens}[{Window(stepSeconds, 30)}s]))";

    public static string FleetKvUse() => $"avg({EngineMetricNames.KvCacheUsage})";

    public static string FleetTtft(string quantile, int stepSeconds) =>
        $"histogram_quantile({quantile}, sum by (le) (rate({GatewayMetricNames.TimeToFirstToken}_bucket[{Window(stepSeconds, 60)}s])))";

    /// <summary>Time to first token of each release of a service.</summary>
    public static string ReleaseTtft(string @namespace, string service, int stepSeconds) =>
        ReleaseP95(GatewayMetricNames.TimeToFirstToken, @namespace, service, stepSeconds);

    public static string ReleaseItl(string @namespace, string service, int stepSeconds) =>
        ReleaseP95(GatewayMetricNames.InterTokenLatency, @namespace, service, stepSeconds);

    public static string ReleaseRequests(string @namespace, string service, int stepSeconds) =>
        $"sum by (release) (rate({GatewayMetricNames.Requests}{Of(@namespace, service)}[{Window(stepSeconds, 30)}s]))";

    /// <summary>Failed requests of each release as a share of all: 0 without failures, nothing without requests.</summary>
    public static string ReleaseErrors(string @namespace, string service, int stepSeconds)
    {
        string failed = $"{GatewayMetricNames.Requests}{Of(@namespace, service, ",code=~\"5..\"")}[{Window(stepSeconds, 30)}s]";
        string all = ReleaseRequests(@namespace, service, stepSeconds);
        return $"(sum by (release) (rate({failed})) or 0 * {all}) / ({all} > 0)";
    }

    private static string ReleaseP95(string histogram, string @namespace, string service, int stepSeconds) =>
        $"histogram_quantile(0.95, sum by (le, release) (rate({histogram}_bucket{Of(@namespace, service)}[{Window(stepSeconds, 60)}s])))";

    /// <summary>Seconds a rate looks back: all of a step, so that a wide chart leaves nothing out.</summary>
    private static int Window(int stepSeconds, int least) => Math.Max(stepSeconds, least);

    private static string Of(string @namespace, string service, string more = "") =>
        $"{{namespace={Quote(@namespace)},service={Quote(service)}{more}}}";

    /// <summary>The names come from the address bar, so they may hold anything.</summary>
    private static string Quote(string value) =>
        "\"" + value
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal) + "\"";
}
