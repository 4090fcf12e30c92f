using Trireme.Contracts.Metrics;
using Trireme.Fleet.Rollouts;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.Queries;

namespace Trireme.Hosting.Telemetry;

/// <summary>What the gateway's counters rose by in each window, per release.</summary>
internal sealed class ReleaseCounters
{
    private readonly Dictionary<(string Release, string Quantity), double[]> _rises = [];

    /// <param name="series">Samples of the counters, from before the first window to the end of the last.</param>
    /// <param name="start">Start of the first window.</param>
    /// <param name="window">Length of each.</param>
    /// <param name="count">Number of windows.</param>
    public ReleaseCounters(IReadOnlyList<MatrixSeries> series, DateTimeOffset start, TimeSpan window, int count)
    {
        var rises = new double[count];
        foreach (MatrixSeries one in series)
        {
            Array.Clear(rises);
            CounterRises.Add(one.Samples, start.ToUnixTimeMilliseconds(), (long)window.TotalMilliseconds, rises);
            foreach (string quantity in Quantities(one.Labels))
            {
                (string, string) key = (one.Labels.Get("release"), quantity);
                if (!_rises.TryGetValue(key, out double[]? sums)) _rises.Add(key, sums = new double[count]);
                for (int i = 0; i < count; i++) sums[i] += rises[i];
            }
        }
    }

    public ArmWindow Window(string release, int index) => new()
    {
        Requests = (long)Rise(release, nameof(ArmWindow.Requests), index),
        Errors = (long)Rise(release, nameof(ArmWindow.Errors), index),
        TtftSeconds = Rise(release, nameof(ArmWindow.TtftSeconds), index),
        TtftCount = (long)Rise(release, nameof(ArmWindow.TtftCount), index),
        ItlSeconds = Rise(release, nameof(ArmWindow.ItlSeconds), index),
        ItlCount = (long)Rise(release, nameof(ArmWindow.ItlCount), index),
    };

    private double Rise(string release, string quantity, int index) =>
        _rises.TryGetValue((release, quantity), out double[]? rises) ? rises[index] : 0;

    private static IEnumerable<string> Quantities(LabelSet labels)
    {
        string code = labels.Get("code");
        switch (labels.MetricName)
        {
            // What a client is told to be its own fault, or has left, says nothing about the release: neither that it fails, nor, by
            // answers that cost nothing and always succeed, that it does not.
            case GatewayMetricNames.Requests when !code.StartsWith('4'):
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
