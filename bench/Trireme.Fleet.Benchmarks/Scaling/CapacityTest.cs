using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Benchmarks.Scaling;

/// <summary>What one replica was found to carry.</summary>
/// <param name="RequestsPerSecond">The highest rate at which the SLO was attained.</param>
/// <param name="Concurrency">Requests that it then had in flight, the mean.</param>
internal readonly record struct MeasuredReplica(double RequestsPerSecond, double Concurrency);

/// <summary>
/// What an operator does before choosing a target: one replica, requests as they come but at a steady rate with chance in it, and ever more
/// of them until too many are late.
/// </summary>
internal static class CapacityTest
{
    private const double Seconds = 2400;
    private const int Rounds = 9;

    public static MeasuredReplica Run(TraceRequest[] like, EngineProfile profile, ScalingSpec scaling)
    {
        (double low, double high) = (0, 8);
        double concurrency = 1;
        for (int round = 0; round < Rounds; round++)
        {
            double rate = (low + high) / 2;
            var watch = new Watch();
            ScalingRun run = new ScalingWorld(SyntheticTraces.Like(like, rate, Seconds), profile, scaling.Slo, 1, seed: 1).Run(watch);
            if (run.Attainment < scaling.Slo.Attainment) high = rate;
            else (low, concurrency) = (rate, watch.Mean);
        }

        return new MeasuredReplica(low, concurrency);
    }

    /// <summary>One replica, and how many requests it has in flight.</summary>
    private sealed class Watch : IAutoscaler
    {
        private double _sum;
        private int _looks;

        public double IntervalSeconds => 1;

        public double Mean => _looks > 0 ? _sum / _looks : 1;

        public int Decide(ScalingWorld world)
        {
            if (world.Now < ScalingWorld.WarmUpSeconds) return 1;
            _sum += world.InFlight;
            _looks++;
            return 1;
        }
    }
}
