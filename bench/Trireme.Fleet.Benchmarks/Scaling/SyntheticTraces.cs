namespace Trireme.Fleet.Benchmarks.Scaling;

/// <summary>
/// Traces that are made, by seed: on these the constants of the scaling decision are chosen, so that the recorded ones stay a test of it.
/// </summary>
internal static class SyntheticTraces
{
    private const double Seconds = 4800;

#pragma warning disable CA5394 // Reproducible by intent.
    /// <summary>Name and requests of each.</summary>
    public static IEnumerable<(string Name, Func<TraceRequest[]> Create)> All()
    {
        yield return ("steady", static () => Make(1, static (_, _) => 5, spread: 0.8));
        yield return ("heavy-prompts", static () => Make(2, static (_, _) => 5, spread: 1.6));
        yield return ("waves", static () => Make(3, static (at, _) => 5 - (4 * Math.Cos(at * Math.Tau / 2400)), spread: 0.8));
        yield return ("steps", static () => Make(4, static (at, _) => (int)(at / 900) % 2 == 0 ? 2 : 8, spread: 0.8));
        yield return ("ramp", static () => Make(5, static (at, _) => 1 + (11 * at / Seconds), spread: 0.8));
        yield return ("bursts", static () => Make(6, Bursts(6, every: 150, lasts: 5, rate: 12), spread: 0.8));
        yield return ("on-off", static () => Make(7, Bursts(7, every: 120, lasts: 60, rate: 6), spread: 0.8, least: 0));
        yield return ("sparse", static () => Make(8, static (_, _) => 0.2, spread: 0.8));
    }

    /// <summary>Requests like those of a trace, drawn by chance, at a steady rate with chance in it.</summary>
    public static TraceRequest[] Like(TraceRequest[] trace, double rate, double seconds)
    {
        var random = new Random(1);
        var requests = new List<TraceRequest>();
        for (double at = Gap(random, rate); at < seconds; at += Gap(random, rate))
        {
            TraceRequest drawn = trace[random.Next(trace.Length)];
            requests.Add(drawn with { At = at });
        }

        return [.. requests];
    }

    /// <param name="seed">Of all chance in it.</param>
    /// <param name="rate">Requests per second by time, beside the least.</param>
    /// <param name="spread">Standard deviation of the logarithm of the prompts' lengths.</param>
    /// <param name="least">Requests per second that always come.</param>
    private static TraceRequest[] Make(int seed, Func<double, Random, double> rate, double spread, double least = 0.5)
    {
        const double Step = 0.25;
        var random = new Random(seed);
        var requests = new List<TraceRequest>();
        double due = Gap(random, 1);
        for (double at = 0; at < Seconds; at += Step)
        {
            // A Poisson process whose time runs as fast as requests come.
            for (due -= Step * Math.Max(least, rate(at, random)); due <= 0; due += Gap(random, 1))
            {
                int prompt = (int)Math.Clamp(Math.Exp(Normal(random, 6.6, spread)), 8, 8000);
                requests.Add(new TraceRequest(at, prompt, (int)Math.Clamp(Math.Exp(Normal(random, 5, 0.8)), 1, 1000)));
            }
        }

        return [.. requests];
    }

    /// <summary>Times of more load, which begin by chance.</summary>
    private static Func<double, Random, double> Bursts(int seed, double every, double lasts, double rate)
    {
        var random = new Random(seed);
        double next = Gap(random, 1 / every);
        return (at, _) =>
        {
            if (at >= next + lasts) next = at + Gap(random, 1 / every);
            return at >= next ? rate : 0;
        };
    }

    private static double Gap(Random random, double rate) => -Math.Log(1 - random.NextDouble()) / rate;

    private static double Normal(Random random, double mean, double deviation) =>
        mean + (deviation * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(Math.Tau * random.NextDouble()));
#pragma warning restore CA5394
}
