namespace Trireme.Fleet.Benchmarks.Scaling;

/// <summary>
/// KEDA with a Prometheus trigger (keda.sh/docs/scalers/prometheus and concepts/scaling-deployments): Prometheus scrapes every 15 s, KEDA
/// asks it with every look of the HPA that it makes, every 15 s, and desired = ceil(value / threshold), an AverageValue of an external
/// metric, with the HPA's tolerance, stabilisation and steps.
/// </summary>
internal sealed class KedaScaler(Func<ScalingWorld, double> metric, double threshold) : IAutoscaler
{
    private const double Tolerance = 0.1;
    private const double ScrapeSeconds = 15;

    private readonly HpaScaler _hpa = new(threshold);
    private double _scraped;
    private double _scrapedAt = double.MinValue;

    // The scrapes lie between the looks.
    public double IntervalSeconds => 7.5;

    public int Decide(ScalingWorld world)
    {
        bool isScrape = (int)Math.Round(world.Now / IntervalSeconds) % 2 == 1;
        if (isScrape && world.Now - _scrapedAt >= ScrapeSeconds - 1)
        {
            (_scraped, _scrapedAt) = (metric(world), world.Now);
        }

        int current = world.LiveCount;
        if (isScrape) return current;
        double ratio = _scraped / threshold / Math.Max(1, current);
        int recommended = Math.Abs(ratio - 1) <= Tolerance ? current : (int)Math.Ceiling(_scraped / threshold);
        return _hpa.Stabilized(world.Now, current, recommended);
    }
}
