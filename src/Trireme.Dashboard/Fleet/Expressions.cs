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

    public const string FleetRequests = $"sum(rate({GatewayMetricNames.Requests}[30s]))";

    public const string FleetTokens = $"sum(rate({EngineMetricNames.GenerationTokens}[30s]))";

    public const string FleetKvUse = $"avg({EngineMetricNames.KvCacheUsage})";

    public static string FleetTtft(string quantile) =>
        $"histogram_quantile({quantile}, sum by (le) (rate({GatewayMetricNames.TimeToFirstToken}_bucket[1m])))";

    /// <summary>Time to first token of each release of a service.</summary>
    public static string ReleaseTtft(string @namespace, string service) =>
        ReleaseP95(GatewayMetricNames.TimeToFirstToken, @namespace, service);

    public static string ReleaseItl(string @namespace, string service) =>
        ReleaseP95(GatewayMetricNames.InterTokenLatency, @namespace, service);

    public static string ReleaseRequests(string @namespace, string service) =>
        $"sum by (release) (rate({GatewayMetricNames.Requests}{Of(@namespace, service)}[30s]))";

    private static string ReleaseP95(string histogram, string @namespace, string service) =>
        $"histogram_quantile(0.95, sum by (le, release) (rate({histogram}_bucket{Of(@namespace, service)}[1m])))";

    private static string Of(string @namespace, string service) => $"{{namespace={Quote(@namespace)},service={Quote(service)}}}";

    /// <summary>The names come from the address bar, so they may hold anything.</summary>
    private static string Quote(string value) =>
        "\"" + value
            .Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("\"", "\\\"", StringComparison.Ordinal)
            .Replace("\n", "\\n", StringComparison.Ordinal) + "\"";
}
