using Trireme.Contracts.Metrics;
using Trireme.Fleet.Rollouts;
using Trireme.Operator.ModelServices;
using Trireme.Telemetry.Queries;

namespace Trireme.Hosting.Telemetry;

/// <summary>
/// Gives the rollout judge its windows from the gateway's counters. The samples themselves are read, because exact counts are wanted, where
/// PromQL's increase would extrapolate. Windows lie on a grid of the time of day, so that one has the same start at every read.
/// </summary>
/// <param name="queries">Reads the series.</param>
/// <param name="time">The clock that samples are stamped with.</param>
internal sealed class TelemetryRolloutSource(IQueryEngine queries, TimeProvider time) : IRolloutTelemetry
{
    /// <summary>Long enough for several requests in it and two scrapes at its edges, short enough for many pairs in one step.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(4);

    /// <summary>How far before the first window a counter's value at its start is looked for; PromQL's own lookback.</summary>
    public static readonly TimeSpan Lookback = TimeSpan.FromMinutes(5);

    /// <summary>How long after its end a window is complete: what was scraped in it has been stored by then.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);

    /// <summary>How far before a switch the old release's windows are looked for: an hour is kept.</summary>
    private const int WindowsBeforeMax = 450;

    private const string Metrics =
        GatewayMetricNames.Requests + "|" + GatewayMetricNames.BrokenStreams + "|" + GatewayMetricNames.FinishedAnswers + "|"
        + GatewayMetricNames.TimeToFirstTokenLog + "_(sum|count)|" + GatewayMetricNames.InterTokenLatencyLog + "_(sum|count)|"
        + GatewayMetricNames.RequestDurationLog + "_(sum|count)|" + GatewayMetricNames.AnswerLengthLog + "_(sum|count)";

    /// <summary>For a gateway that has no summaries of logarithms, such as one of an earlier version.</summary>
    private const string Buckets = GatewayMetricNames.TimeToFirstToken + "_bucket|" + GatewayMetricNames.InterTokenLatency + "_bucket|"
        + GatewayMetricNames.RequestDuration + "_bucket";

    public async Task<IReadOnlyList<WindowPair>> ReadWindowsAsync(WindowQuery query, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset begin = OnGrid(now - query.Within + Window - TimeSpan.FromTicks(1));
        DateTimeOffset first = query.After is { } known && known + Window > begin ? OnGrid(known + Window) : begin;
        int windows = (int)((OnGrid(now - Settling) - first) / Window);
        if (windows < 1) return [];
        return query.Comparison == RolloutComparison.BeforeSwitch
            ? await PairWithBeforeAsync(query, begin, first, windows, cancellationToken)
            : await PairAsync(query, first, windows, cancellationToken);
    }

    /// <summary>Both releases in the same windows.</summary>
    private async Task<IReadOnlyList<WindowPair>> PairAsync(
        WindowQuery query, DateTimeOffset first, int windows, CancellationToken cancellationToken)
    {
        ReleaseCounters counters = await ReadAsync(query, Metrics, Buckets, first, windows, cancellationToken);
        bool copies = query.Comparison == RolloutComparison.Copies;
        ReleaseCounters others = copies
            ? await ReadAsync(query, Copies(Metrics), Copies(Buckets), first, windows, cancellationToken)
            : counters;
        var pairs = new List<WindowPair>(windows);
        for (int i = 0; i < windows; i++)
        {
            ArmWindow before = counters.Window(query.Baseline.Name, i);
            ArmWindow after = others.Window(query.Candidate.Name, i);
            if (before.Requests > 0 && after.Requests > 0) pairs.Add(new WindowPair(first + (i * Window), before, after));
        }

        return pairs;
    }

    /// <summary>
    /// Each window after the switch with one of the old release before it, the nearest first. Each is used once, so that the comparison
    /// ends where what was seen of the old release does.
    /// </summary>
    private async Task<IReadOnlyList<WindowPair>> PairWithBeforeAsync(
        WindowQuery query, DateTimeOffset begin, DateTimeOffset first, int windows, CancellationToken cancellationToken)
    {
        int skipped = (int)((first - begin) / Window);
        int count = Math.Min(skipped + windows, WindowsBeforeMax);

        // The window in which the switch happened is of both, and left out.
        DateTimeOffset earliest = begin - ((count + 1) * Window);
        ReleaseCounters before = await ReadAsync(query, Metrics, Buckets, earliest, count, cancellationToken);
        ReleaseCounters after = await ReadAsync(query, Metrics, Buckets, first, windows, cancellationToken);
        var pairs = new List<WindowPair>(windows);
        for (int i = 0; i < windows && skipped + i < count; i++)
        {
            ArmWindow old = before.Window(query.Baseline.Name, count - 1 - (skipped + i));
            ArmWindow present = after.Window(query.Candidate.Name, i);
            if (old.Requests > 0 && present.Requests > 0) pairs.Add(new WindowPair(first + (i * Window), old, present));
        }

        return pairs;
    }

    private async Task<ReleaseCounters> ReadAsync(
        WindowQuery query, string metrics, string buckets, DateTimeOffset first, int windows, CancellationToken cancellationToken)
    {
        var counters = new ReleaseCounters(await SeriesAsync(metrics), first, Window, windows);
        if (!counters.HasLogarithms && counters.HasRequests) counters.AddBuckets(await SeriesAsync(buckets));
        return counters;

        async Task<IReadOnlyList<MatrixSeries>> SeriesAsync(string names)
        {
            TimeSpan range = (windows * Window) + Lookback;
            string selector = $"{{__name__=~\"{names}\",namespace=\"{query.Namespace}\",service=\"{query.Service}\"}}";
            QueryResult result = await queries.QueryAsync(
                $"{selector}[{(long)range.TotalMilliseconds}ms]", first + (windows * Window), cancellationToken);
            return result.Succeeded
                ? ((MatrixValue)result.Value).Series
                : throw new InvalidOperationException($"The rollout samples cannot be read: {result.Error.Message}");
        }
    }

    private static string Copies(string metrics) =>
        metrics.Replace(GatewayMetricNames.Prefix, GatewayMetricNames.CopiesPrefix, StringComparison.Ordinal);

    /// <summary>The last edge of a window at or before a time.</summary>
    private static DateTimeOffset OnGrid(DateTimeOffset at) => at.AddTicks(-(at.UtcTicks % Window.Ticks));
}
