using Trireme.Fleet.Rollouts;

namespace Trireme.Fleet.Benchmarks;

/// <summary>How times to first token scatter.</summary>
internal enum Tail
{
    /// <summary>Logarithms are normal.</summary>
    LogNormal,

    /// <summary>Without a variance: the shape is 1.5.</summary>
    Pareto,

    /// <summary>One request in five finds its prompt in the prefix cache and is ten times as fast.</summary>
    CacheHits,
}

/// <summary>One service of which both releases get requests.</summary>
internal sealed record JudgeWorld
{
    public Tail Tail { get; init; }

    /// <summary>Standard deviation of the logarithm of a request's latency.</summary>
    public double Scatter { get; init; } = 0.5;

    /// <summary>Requests per window and release; 1 and 1 is a look after every sample.</summary>
    public int BaselinePerWindow { get; init; } = 1;

    public int CandidatePerWindow { get; init; } = 1;

    /// <summary>How much of one window's load is left in the next; 0 for none.</summary>
    public double LoadMemory { get; init; }

    /// <summary>Windows between two restarts of the gateway, which begin its counters at zero again; 0 for none.</summary>
    public int ResetEvery { get; init; }

    public double ErrorRate { get; init; } = 0.01;

    /// <summary>The new release's times over the serving one's.</summary>
    public double TtftRatio { get; init; } = 1;

    public double ErrorIncrease { get; init; }

    /// <summary>Windows of a rollout, in the order of time.</summary>
    public IEnumerable<WindowPair> Windows(Random random, int count)
    {
        double load = 0;
        var baseline = new GatewayCounters();
        var candidate = new GatewayCounters();
        for (int i = 0; i < count; i++)
        {
            load = (LoadMemory * load) + (LoadMemory > 0 ? 0.3 * Normal(random) : 0);

            // Load makes every answer slower, and one in three of its waves makes some fail.
            double errors = LoadMemory > 0 && load > 0.5 ? Math.Min(0.3, ErrorRate * 10) : ErrorRate;
            bool restarts = ResetEvery > 0 && i % ResetEvery == ResetEvery - 1;
            ArmWindow before = baseline.Window(Arm(random, BaselinePerWindow, load, 1, errors), restarts);
            ArmWindow after = candidate.Window(Arm(random, CandidatePerWindow, load, TtftRatio, errors + ErrorIncrease), restarts);
            yield return new WindowPair(DateTimeOffset.UnixEpoch.AddSeconds(i), before, after);
        }
    }

    /// <summary>Scores of held-out texts that differ by chance only.</summary>
    public static IReadOnlyList<QualityPair> Quality(Random random)
    {
        var pairs = new QualityPair[16];
        for (int i = 0; i < pairs.Length; i++)
        {
            double text = Math.Exp(0.3 * Normal(random));
            pairs[i] = new QualityPair(i, text * Math.Exp(0.02 * Normal(random)), text * Math.Exp(0.02 * Normal(random)));
        }

        return pairs;
    }

    private ArmWindow Arm(Random random, int requests, double load, double ratio, double errorRate)
    {
        long errors = 0;
        LogSum ttft = default;
        LogSum duration = default;
        LogSum tokens = default;
        LogSum pauses = default;
        FinishCounts finished = default;
        for (int i = 0; i < requests; i++)
        {
            if (random.NextDouble() < errorRate)
            {
                errors++;
                continue;
            }

            double first = Latency(random) + load + Math.Log(ratio);
            double pause = 0.02 * Math.Exp((0.4 * Normal(random)) + load);
            double length = Math.Max(1, Math.Round(100 * Math.Exp(0.8 * Normal(random))));
            ttft += new LogSum(1, first);
            duration += new LogSum(1, Math.Log(Math.Exp(first) + (pause * length)));
            tokens += new LogSum(1, Math.Log(length));
            pauses += new LogSum(1, Math.Log(pause));
            finished = random.NextDouble() < 0.7
                ? finished with { Stop = finished.Stop + 1 }
                : finished with { Length = finished.Length + 1 };
        }

        return new ArmWindow
        {
            Requests = requests,
            Errors = errors,
            Ttft = ttft,
            Itl = pauses,
            Duration = duration,
            OutputTokens = tokens,
            Finished = finished,
        };
    }

    private double Latency(Random random) => Tail switch
    {
        Tail.Pareto => -Math.Log(1 - random.NextDouble()) / 1.5,
        Tail.CacheHits => (Scatter * Normal(random)) - (random.Next(5) == 0 ? Math.Log(10) : 0),
        _ => Scatter * Normal(random),
    };

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}

/// <summary>
/// What a reader of the gateway's counters makes of a window, by the rule of the reader: where one of a pair has fallen, both began again.
/// A restart that neither shows is read as if it had not been, which makes that window's mean nonsense.
/// </summary>
internal sealed class GatewayCounters
{
    /// <summary>Logarithms are counted from a microsecond on, so that the sum never falls by itself.</summary>
    private static readonly double Unit = Math.Log(1e6);

    private LogSum _total;

    public ArmWindow Window(ArmWindow truth, bool restarts)
    {
        LogSum last = _total;
        var shown = new LogSum(truth.Ttft.Count, truth.Ttft.Sum + (truth.Ttft.Count * Unit));
        _total = (restarts ? default : last) + shown;
        bool fell = _total.Count < last.Count || _total.Sum < last.Sum;
        LogSum rise = fell ? _total : new LogSum(_total.Count - last.Count, _total.Sum - last.Sum);
        return restarts ? truth with { Ttft = new LogSum(rise.Count, rise.Sum - (rise.Count * Unit)) } : truth;
    }
}
