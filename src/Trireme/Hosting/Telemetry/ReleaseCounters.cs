using System.Globalization;
using System.Text;
using Trireme.Contracts.Metrics;
using Trireme.Fleet.Rollouts;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Queries;

namespace Trireme.Hosting.Telemetry;

/// <summary>What the gateway's counters rose by in each window, per release.</summary>
internal sealed class ReleaseCounters
{
    private const string Sum = "_sum";
    private const string Count = "_count";
    private const string Bucket = "_bucket";
    private const string BoundLabel = "le";

    /// <summary>Natural logarithm of a second in microseconds, and of the longest time that is one.</summary>
    private static readonly double LogSecond = Math.Log(1e6);
    private static readonly double LogLongest = Math.Log(1e12);

    private readonly Dictionary<(string Release, string Quantity), double[]> _rises = [];
    private readonly long _startMs;
    private readonly long _windowMs;
    private readonly int _windows;

    /// <param name="series">Samples of the counters, from before the first window to the end of the last.</param>
    /// <param name="start">Start of the first window.</param>
    /// <param name="window">Length of each.</param>
    /// <param name="count">Number of windows.</param>
    public ReleaseCounters(IReadOnlyList<MatrixSeries> series, DateTimeOffset start, TimeSpan window, int count)
    {
        (_startMs, _windowMs, _windows) = (start.ToUnixTimeMilliseconds(), (long)window.TotalMilliseconds, count);
        foreach (IGrouping<string, MatrixSeries> pair in series.Where(IsOfPair).GroupBy(PairKey))
        {
            HashSet<long> restarts = [];
            foreach (MatrixSeries member in pair) CounterRises.AddRestarts(member.Samples, restarts);
            foreach (MatrixSeries member in pair) Add(member, restarts);
        }

        foreach (MatrixSeries one in series.Where(static one => !IsOfPair(one))) Add(one, restarts: null);
    }

    public bool HasRequests => _rises.Keys.Any(static key => key.Quantity == nameof(ArmWindow.Requests));

    /// <summary>True if the gateway sums up logarithms, which those of earlier versions do not.</summary>
    public bool HasLogarithms => _rises.Keys.Any(static key => key.Quantity == GatewayMetricNames.TimeToFirstTokenLog + Count);

    /// <summary>
    /// Takes logarithms from a histogram's buckets: each observation counts as the geometric middle of its bucket. What is the same on both
    /// releases stays the same, but differences are seen only as far as they move observations from bucket to bucket.
    /// </summary>
    public void AddBuckets(IReadOnlyList<MatrixSeries> series)
    {
        foreach (IGrouping<string, MatrixSeries> histogram in series.GroupBy(PairKey))
        {
            string log = NameOf(histogram.First()) switch
            {
                GatewayMetricNames.TimeToFirstToken + Bucket => GatewayMetricNames.TimeToFirstTokenLog,
                GatewayMetricNames.InterTokenLatency + Bucket => GatewayMetricNames.InterTokenLatencyLog,
                _ => GatewayMetricNames.RequestDurationLog,
            };
            double[] below = new double[_windows];
            double lower = 0;
            foreach (MatrixSeries bucket in histogram.OrderBy(static one => Bound(one.Labels)))
            {
                double upper = Bound(bucket.Labels);
                double middle = lower == 0 ? upper / 2 : double.IsFinite(upper) ? Math.Sqrt(lower * upper) : lower * 2;
                double[] rises = Rises(bucket, restarts: null);
                double[] own = [.. rises.Select((rise, i) => Math.Max(0, rise - below[i]))];
                string release = bucket.Labels.Get("release");
                Add(release, log + Count, own, factor: 1);
                Add(release, log + Sum, own, factor: Math.Log(middle) + LogSecond);
                (below, lower) = (rises, upper);
            }
        }
    }

    public ArmWindow Window(string release, int index) => new()
    {
        Requests = (long)Rise(release, nameof(ArmWindow.Requests), index),
        Errors = (long)Rise(release, nameof(ArmWindow.Errors), index),
        Ttft = Logarithms(release, GatewayMetricNames.TimeToFirstTokenLog, index, LogSecond),
        Itl = Logarithms(release, GatewayMetricNames.InterTokenLatencyLog, index, LogSecond),
        Duration = Logarithms(release, GatewayMetricNames.RequestDurationLog, index, LogSecond),
        OutputTokens = Logarithms(release, GatewayMetricNames.AnswerLengthLog, index, unit: 0),
        Finished = new FinishCounts(
            Finish(release, "stop", index),
            Finish(release, "length", index),
            Finish(release, "tool_calls", index),
            Finish(release, "content_filter", index),
            Finish(release, "other", index)),
    };

    /// <summary>
    /// A sum of logarithms in the judge's unit. After a restart that no counter shows a sum may not fit its count; such a window says
    /// nothing.
    /// </summary>
    private LogSum Logarithms(string release, string metric, int index, double unit)
    {
        double sum = Rise(release, metric + Sum, index);
        long count = (long)Rise(release, metric + Count, index);
        return count > 0 && sum >= 0 && sum <= count * LogLongest ? new LogSum(count, sum - (count * unit)) : default;
    }

    private long Finish(string release, string reason, int index) => (long)Rise(release, FinishQuantity(reason), index);

    private double Rise(string release, string quantity, int index) =>
        _rises.TryGetValue((release, quantity), out double[]? rises) ? rises[index] : 0;

    private double[] Rises(MatrixSeries series, HashSet<long>? restarts)
    {
        var rises = new double[_windows];
        CounterRises.Add(series.Samples, _startMs, _windowMs, rises, restarts);
        return rises;
    }

    private void Add(MatrixSeries series, HashSet<long>? restarts)
    {
        double[] rises = Rises(series, restarts);
        string release = series.Labels.Get("release");
        foreach (string quantity in Quantities(NameOf(series), series.Labels)) Add(release, quantity, rises, factor: 1);
    }

    private void Add(string release, string quantity, double[] rises, double factor)
    {
        if (!_rises.TryGetValue((release, quantity), out double[]? sums)) _rises.Add((release, quantity), sums = new double[_windows]);
        for (int i = 0; i < sums.Length; i++) sums[i] += factor * rises[i];
    }

    private static bool IsOfPair(MatrixSeries series) =>
        series.Labels.MetricName.EndsWith(Sum, StringComparison.Ordinal)
        || series.Labels.MetricName.EndsWith(Count, StringComparison.Ordinal);

    /// <summary>What the members of one summary or histogram have in common, as one process shows it.</summary>
    private static string PairKey(MatrixSeries series)
    {
        string name = series.Labels.MetricName;
        var key = new StringBuilder(name[..name.LastIndexOf('_')]);
        foreach (Label label in series.Labels.Labels)
        {
            if (label.Name is LabelNames.MetricName or BoundLabel) continue;
            key.Append('\n').Append(label.Name).Append('=').Append(label.Value);
        }

        return key.ToString();
    }

    private static double Bound(LabelSet labels) => labels.Get(BoundLabel) is "+Inf"
        ? double.PositiveInfinity
        : double.Parse(labels.Get(BoundLabel), CultureInfo.InvariantCulture);

    private static string FinishQuantity(string reason) => nameof(ArmWindow.Finished) + reason;

    /// <summary>The metric's name; that of copies is the one of requests.</summary>
    private static string NameOf(MatrixSeries series) => series.Labels.MetricName.Replace(
        GatewayMetricNames.CopiesPrefix, GatewayMetricNames.Prefix, StringComparison.Ordinal);

    private static IEnumerable<string> Quantities(string metric, LabelSet labels)
    {
        string code = labels.Get("code");
        switch (metric)
        {
            // What a client is told to be its own fault, or has left, says nothing about the release: neither that it fails, nor, by
            // answers that cost nothing and always succeed, that it does not.
            case GatewayMetricNames.Requests when !code.StartsWith('4'):
                yield return nameof(ArmWindow.Requests);
                if (code.StartsWith('5')) yield return nameof(ArmWindow.Errors);
                break;
            case GatewayMetricNames.Requests:
                break;
            case GatewayMetricNames.BrokenStreams:
                yield return nameof(ArmWindow.Errors);
                break;
            case GatewayMetricNames.FinishedAnswers:
                yield return FinishQuantity(labels.Get("finish_reason"));
                break;
            default:
                yield return metric;
                break;
        }
    }
}
