using System.Globalization;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Statistics;

namespace Trireme.Fleet.Rollouts;

/// <summary>
/// Compares the new release with the serving one over errors, speed and quality. Each signal is tested against its limit, not
/// against equality: a signal fails only if chance is an unlikely cause of the excess, passes if there are enough samples and the
/// estimate is within the limit, and is inconclusive otherwise. The worst signal decides.
/// </summary>
public static class RolloutJudge
{
    /// <summary>
    /// Texts the quality signal needs. With seven pairs the smallest p-value of a signed-rank test is 1/128, so that eight leave
    /// room for the default level of 0.01.
    /// </summary>
    public const int MinQualityPrompts = 8;

    public static RolloutVerdict Judge(RolloutSamples samples, RolloutGates gates)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(gates);

        var signals = new List<SignalVerdict>
        {
            ErrorRate(samples.Windows, gates),
            Latency("ttft", samples.Windows, static arm => (arm.TtftSeconds, arm.TtftCount), gates.MaxTtftRatio, gates),
        };
        // Inter-token latency exists in streamed answers only. Where clients stream nothing there is nothing to protect.
        bool streamed = samples.Windows.Any(static window => window.Baseline.ItlCount > 0 || window.Candidate.ItlCount > 0);
        if (streamed || signals[0].Judgement == Judgement.Inconclusive)
        {
            signals.Add(Latency("itl", samples.Windows, static arm => (arm.ItlSeconds, arm.ItlCount), gates.MaxItlRatio, gates));
        }

        signals.Add(Quality(samples.Quality, gates));
        return Combine(signals);
    }

    private static RolloutVerdict Combine(List<SignalVerdict> signals)
    {
        Judgement worst = signals.Exists(static signal => signal.Judgement == Judgement.Fail) ? Judgement.Fail
            : signals.Exists(static signal => signal.Judgement == Judgement.Inconclusive) ? Judgement.Inconclusive
            : Judgement.Pass;
        string details = string.Join("; ", signals.Where(signal => signal.Judgement == worst).Select(static signal => signal.Reason));
        return new RolloutVerdict
        {
            Judgement = worst,
            Reason = worst switch
            {
                Judgement.Fail => "The new release is worse: ",
                Judgement.Pass => "The new release is within every limit: ",
                _ => "Undecided: ",
            } + details + ".",
            Signals = signals,
        };
    }

    private static SignalVerdict ErrorRate(IReadOnlyList<WindowPair> windows, RolloutGates gates)
    {
        ErrorCount baseline = Count(windows.Select(static window => window.Baseline));
        ErrorCount candidate = Count(windows.Select(static window => window.Candidate));
        var signal = new SignalVerdict
        {
            Signal = "errorRate",
            Judgement = Judgement.Inconclusive,
            Baseline = baseline.Requests > 0 ? baseline.Rate : null,
            Candidate = candidate.Requests > 0 ? candidate.Rate : null,
            Samples = (int)Math.Min(int.MaxValue, baseline.Requests + candidate.Requests),
            BaselineSamples = baseline.Requests,
            CandidateSamples = candidate.Requests,
            Reason = Text($"errorRate has {baseline.Requests} requests of the serving release and {candidate.Requests} of the new one, ")
                + Text($"each needs {gates.MinRequests}"),
        };
        if (Math.Min(baseline.Requests, candidate.Requests) < gates.MinRequests) return signal;

        double pValue = ErrorRateTest.UpperTail(baseline, candidate, gates.MaxErrorRateIncrease);
        double excess = candidate.Rate - baseline.Rate - gates.MaxErrorRateIncrease;
        string numbers = Text($"errorRate {Percent(candidate.Rate)} of {candidate.Requests} requests against the serving release's ")
            + Text($"{Percent(baseline.Rate)} of {baseline.Requests}");
        string evidence = $"limit +{Percent(gates.MaxErrorRateIncrease)}, {P(pValue)}";
        return Decide(signal with { PValue = pValue }, excess, numbers, evidence, gates.SignificanceLevel);
    }

    private static ErrorCount Count(IEnumerable<ArmWindow> windows)
    {
        ErrorCount sum = default;
        foreach (ArmWindow window in windows) sum = new ErrorCount(sum.Errors + window.Errors, sum.Requests + window.Requests);
        return sum;
    }

    private static SignalVerdict Latency(
        string name,
        IReadOnlyList<WindowPair> windows,
        Func<ArmWindow, (double Seconds, long Count)> read,
        double maxRatio,
        RolloutGates gates)
    {
        var pairs = new List<(double Baseline, double Candidate)>(windows.Count);
        long baseline = 0;
        long candidate = 0;
        foreach (WindowPair window in windows)
        {
            (double Seconds, long Count) before = read(window.Baseline);
            (double Seconds, long Count) after = read(window.Candidate);
            if (before is not { Seconds: > 0, Count: > 0 } || after is not { Seconds: > 0, Count: > 0 }) continue;
            pairs.Add((before.Seconds / before.Count, after.Seconds / after.Count));
            baseline += before.Count;
            candidate += after.Count;
        }

        var signal = new SignalVerdict
        {
            Signal = name,
            Judgement = Judgement.Inconclusive,
            Samples = pairs.Count,
            BaselineSamples = baseline,
            CandidateSamples = candidate,
            Reason = Text($"{name} has {pairs.Count} of the {gates.MinWindows} windows it needs in which both releases answered"),
        };
        double slack = gates.MinLatencyExcess.TotalSeconds;
        if (pairs.Count < gates.MinWindows) return Compared(signal, pairs, maxRatio, slack).Signal;
        return DecideRatio(signal, pairs, maxRatio, slack, "windows", gates);
    }

    private static SignalVerdict Quality(IReadOnlyList<QualityPair> quality, RolloutGates gates)
    {
        var pairs = quality
            .Where(static pair => pair is { BaselineBitsPerByte: > 0, CandidateBitsPerByte: > 0 })
            .Select(static pair => (pair.BaselineBitsPerByte, pair.CandidateBitsPerByte)).ToList();
        int configured = gates.QualityPrompts.Count;
        var signal = new SignalVerdict
        {
            Signal = "quality",
            Judgement = Judgement.Inconclusive,
            Samples = pairs.Count,
            BaselineSamples = pairs.Count,
            CandidateSamples = pairs.Count,
            Reason = configured is > 0 and < MinQualityPrompts
                ? Text($"quality needs {MinQualityPrompts} texts, spec.rollout.gates.qualityPrompts has {configured}: add more or none")
                : Text($"quality has results for {pairs.Count} of the {MinQualityPrompts} texts it needs"),
        };
        return pairs.Count < MinQualityPrompts
            ? Compared(signal, pairs, gates.MaxQualityRatio, slack: 0).Signal
            : DecideRatio(signal, pairs, gates.MaxQualityRatio, slack: 0, "texts", gates);
    }

    /// <summary>
    /// Paired ratios against a limit, on the logarithmic scale, where twice as slow and twice as fast are equally far. The slack, in
    /// the unit of the pairs, is what the candidate may exceed the baseline by whatever the ratio.
    /// </summary>
    private static SignalVerdict DecideRatio(
        SignalVerdict signal,
        List<(double Baseline, double Candidate)> pairs,
        double maxRatio,
        double slack,
        string unit,
        RolloutGates gates)
    {
        (signal, double[] differences) = Compared(signal, pairs, maxRatio, slack);
        double excess = differences[differences.Length / 2];
        double pValue = SignedRankTest.UpperTail(differences);
        string numbers = Text($"{signal.Signal} {signal.Ratio:0.##}x the serving release's");
        string limit = slack > 0 ? Text($"limit {maxRatio:0.##}x or +{slack * 1000:0.##} ms") : Text($"limit {maxRatio:0.##}x");
        string evidence = Text($"{limit}, {P(pValue)}, {pairs.Count} {unit}");
        return Decide(signal with { PValue = pValue }, excess, numbers, evidence, gates.SignificanceLevel);
    }

    /// <summary>
    /// The signal with the values and the ratio of its middle pair, the worse one of two, and how far each pair is beyond the limit, in
    /// rising order. The middle pair is the one that decides, so that what is shown is what was judged.
    /// </summary>
    private static (SignalVerdict Signal, double[] Differences) Compared(
        SignalVerdict signal, List<(double Baseline, double Candidate)> pairs, double maxRatio, double slack)
    {
        if (pairs.Count == 0) return (signal, []);
        double[] differences = new double[pairs.Count];
        for (int i = 0; i < differences.Length; i++)
        {
            (double baseline, double candidate) = pairs[i];
            double difference = Math.Log(candidate / Math.Max(baseline * maxRatio, baseline + slack));
            // The last digits of two equal measurements are no difference, however often they point the same way.
            differences[i] = Math.Abs(difference) < 1e-9 ? 0 : difference;
        }

        (double Baseline, double Candidate)[] ordered = [.. pairs];
        Array.Sort(differences, ordered);
        (double before, double after) = ordered[ordered.Length / 2];
        return (signal with { Baseline = before, Candidate = after, Ratio = after / before }, differences);
    }

    private static SignalVerdict Decide(SignalVerdict signal, double excess, string numbers, string evidence, double level)
    {
        if (signal.PValue < level) return signal with { Judgement = Judgement.Fail, Reason = $"{numbers} ({evidence})" };
        // The tolerance covers rounding, such as 0.03 - 0.02 - 0.01.
        return excess < 1e-9
            ? signal with { Judgement = Judgement.Pass, Reason = $"{numbers} ({evidence})" }
            : signal with { Reason = $"{numbers}, above the limit but perhaps by chance ({evidence})" };
    }

    private static string Percent(double share) => Text($"{share * 100:0.##}%");

    private static string P(double value) => value < 0.001 ? "p < 0.001" : Text($"p = {value:0.###}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
