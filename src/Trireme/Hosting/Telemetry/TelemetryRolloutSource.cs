using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using Trireme.Operator.ModelServices;
using Trireme.Telemetry.Queries;

namespace Trireme.Hosting.Telemetry;

/// <summary>
/// Gives the rollout judge its windows from the gateway's counters. The samples themselves are read, because exact counts are wanted, where
/// PromQL's increase would extrapolate.
/// </summary>
/// <param name="queries">Reads the series.</param>
/// <param name="time">The clock that samples are stamped with.</param>
internal sealed class TelemetryRolloutSource(IQueryEngine queries, TimeProvider time) : IRolloutTelemetry
{
    /// <summary>Long enough for several requests in it and two scrapes at its edges, short enough for many pairs in one step.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    /// <summary>How far before the first window a counter's value at its start is looked for; PromQL's own lookback.</summary>
    public static readonly TimeSpan Lookback = TimeSpan.FromMinutes(5);

    private const string Metrics =
        GatewayMetricNames.Requests + "|" + GatewayMetricNames.BrokenStreams + "|"
        + GatewayMetricNames.TimeToFirstToken + "_(sum|count)|" + GatewayMetricNames.InterTokenLatency + "_(sum|count)";

    public async Task<IReadOnlyList<WindowPair>> ReadWindowsAsync(
        string @namespace,
        string service,
        ReleaseRef baseline,
        ReleaseRef candidate,
        TimeSpan within,
        CancellationToken cancellationToken)
    {
        // Whole windows only: the running one would count requests whose end is still to come.
        int windows = (int)(within / Window);
        if (windows < 1) return [];
        DateTimeOffset since = time.GetUtcNow() - within;

        TimeSpan range = (windows * Window) + Lookback;
        string selector = $"{{__name__=~\"{Metrics}\",namespace=\"{@namespace}\",service=\"{service}\"}}";
        string query = $"{selector}[{(long)range.TotalMilliseconds}ms]";
        QueryResult result = await queries.QueryAsync(query, since + (windows * Window), cancellationToken);
        if (!result.Succeeded) throw new InvalidOperationException($"The rollout samples cannot be read: {result.Error.Message}");

        var counters = new ReleaseCounters(((MatrixValue)result.Value).Series, since, Window, windows);
        var pairs = new List<WindowPair>(windows);
        for (int i = 0; i < windows; i++)
        {
            ArmWindow before = counters.Window(baseline.Name, i);
            ArmWindow after = counters.Window(candidate.Name, i);
            if (before.Requests > 0 && after.Requests > 0) pairs.Add(new WindowPair(since + (i * Window), before, after));
        }

        return pairs;
    }
}
