using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using Trireme.Operator.ModelServices;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Queries;

namespace Trireme.Hosting.Telemetry;

/// <summary>
/// Gives the rollout judge its windows from the gateway's counters. One range query reads all of them; the differences between
/// its points are exact counts, where PromQL's increase would extrapolate.
/// </summary>
internal sealed class TelemetryRolloutSource(IQueryEngine queries, TimeProvider time) : IRolloutTelemetry
{
    /// <summary>Long enough for several requests in it and two scrapes at its edges, short enough for many pairs in one step.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    private const string Metrics =
        GatewayMetricNames.Requests + "|" + GatewayMetricNames.BrokenStreams + "|"
        + GatewayMetricNames.TimeToFirstToken + "_(sum|count)|" + GatewayMetricNames.InterTokenLatency + "_(sum|count)";

    public async Task<IReadOnlyList<WindowPair>> ReadWindowsAsync(
        string @namespace,
        string service,
        ReleaseRef baseline,
        ReleaseRef candidate,
        DateTimeOffset since,
        CancellationToken cancellationToken)
    {
        // Whole windows only: the running one would count requests whose end is still to come.
        int windows = (int)((time.GetUtcNow() - since) / Window);
        if (windows < 1) return [];

        string query = $"sum by (__name__, release, code) ({{__name__=~\"{Metrics}\",namespace=\"{@namespace}\",service=\"{service}\"}})";
        QueryResult result = await queries.QueryRangeAsync(query, since, since + windows * Window, Window, cancellationToken);
        if (!result.Succeeded) throw new InvalidOperationException($"The rollout samples cannot be read: {result.Error.Message}");

        var counters = new ReleaseCounters(((MatrixValue)result.Value).Series, since, windows + 1);
        var pairs = new List<WindowPair>(windows);
        for (int i = 0; i < windows; i++)
        {
            ArmWindow? before = counters.Window(baseline.Name, i);
            ArmWindow? after = counters.Window(candidate.Name, i);
            if (before is { Requests: > 0 } && after is { Requests: > 0 }) pairs.Add(new WindowPair(since + i * Window, before, after));
        }

        return pairs;
    }

    /// <summary>The gateway's counters per release at the edges of the windows.</summary>
    private sealed class ReleaseCounters
    {
        private readonly Dictionary<(string Release, string Quantity), double[]> _points = [];

        public ReleaseCounters(IReadOnlyList<MatrixSeries> series, DateTimeOffset start, int points)
        {
            long startMs = start.ToUnixTimeMilliseconds();
            foreach (MatrixSeries one in series)
            {
                string release = one.Labels.Get("release");
                foreach (string quantity in Quantities(one.Labels))
                {
                    double[] sums = Points(release, quantity, points);
                    foreach (Sample sample in one.Samples)
                    {
                        int index = (int)Math.Round((sample.TimestampMs - startMs) / TelemetryRolloutSource.Window.TotalMilliseconds);
                        if (index >= 0 && index < points) sums[index] += sample.Value;
                    }
                }
            }
        }

        /// <summary>Null when a counter fell, which is a restart in the middle of the window.</summary>
        public ArmWindow? Window(string release, int index)
        {
            double requests = Difference(release, nameof(ArmWindow.Requests), index);
            double errors = Difference(release, nameof(ArmWindow.Errors), index);
            double ttft = Difference(release, nameof(ArmWindow.TtftSeconds), index);
            double itl = Difference(release, nameof(ArmWindow.ItlSeconds), index);
            if (requests < 0 || errors < 0 || ttft < 0 || itl < 0) return null;
            return new ArmWindow
            {
                Requests = (long)requests,
                Errors = (long)errors,
                TtftSeconds = ttft,
                TtftCount = (long)Difference(release, nameof(ArmWindow.TtftCount), index),
                ItlSeconds = itl,
                ItlCount = (long)Difference(release, nameof(ArmWindow.ItlCount), index),
            };
        }

        /// <summary>A series that is not there yet counts from zero.</summary>
        private double Difference(string release, string quantity, int index) =>
            _points.TryGetValue((release, quantity), out double[]? points) ? points[index + 1] - points[index] : 0;

        private double[] Points(string release, string quantity, int count)
        {
            if (_points.TryGetValue((release, quantity), out double[]? points)) return points;
            return _points[(release, quantity)] = new double[count];
        }

        private static IEnumerable<string> Quantities(LabelSet labels)
        {
            string code = labels.Get("code");
            switch (labels.MetricName)
            {
                // A client that left says nothing about the service.
                case GatewayMetricNames.Requests when code != "499":
                    yield return nameof(ArmWindow.Requests);
                    if (code.StartsWith('5')) yield return nameof(ArmWindow.Errors);
                    break;
                case GatewayMetricNames.BrokenStreams:
                    yield return nameof(ArmWindow.Errors);
                    break;
                case GatewayMetricNames.TimeToFirstToken + "_sum":
                    yield return nameof(ArmWindow.TtftSeconds);
                    break;
                case GatewayMetricNames.TimeToFirstToken + "_count":
                    yield return nameof(ArmWindow.TtftCount);
                    break;
                case GatewayMetricNames.InterTokenLatency + "_sum":
                    yield return nameof(ArmWindow.ItlSeconds);
                    break;
                case GatewayMetricNames.InterTokenLatency + "_count":
                    yield return nameof(ArmWindow.ItlCount);
                    break;
            }
        }
    }
}
