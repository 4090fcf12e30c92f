using System.Globalization;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Statistics;

namespace Trireme.Fleet.Rollouts;

/// <summary>
/// Compares the new release with the serving one over errors, speed, answers and quality. Each signal is tested against its limit, not
/// against equality, by a sequential test that may look after every sample: it fails only if chance is an unlikely cause of the excess
/// (see <see cref="RateBets"/> and <see cref="SymmetryBets"/>), passes if there are enough samples and they lie within the limit, and is
/// inconclusive otherwise. The worst signal decides.
/// </summary>
public static class RolloutJudge
{
    /// <summary>
    /// Texts the quality signal needs. With seven pairs the smallest p-value of a signed-rank test is 1/128; eight are enough for the
    /// probe's share of the default level.
    /// </summary>
    public const int MinQualityPrompts = 8;

    /// <summary>
    /// Chance that a ratio beyond its limit is taken for one within it, in one step. It is larger than that of the opposite mistake: a
    /// release that is let on by mistake is still judged in the next step, and a release that is taken back is not.
    /// </summary>
    private const double PassLevel = 0.1;

    /// <summary>Adds what was seen since the last look, and looks.</summary>
    /// <param name="known">What the move knows; null as it begins.</param>
    /// <param name="samples">Samples of the current step; those that are known already are passed over.</param>
    /// <param name="gates">The limits.</param>
    public static RolloutLook Look(MoveEvidence? known, RolloutSamples samples, RolloutGates gates)
    {
        ArgumentNullException.ThrowIfNull(samples);
        ArgumentNullException.ThrowIfNull(gates);

        var signals = RolloutSignals.Of(gates);
        MoveEvidence evidence = EvidenceSums.Add(known, samples.Windows, signals);
        SignalVerdict quality = evidence.Quality ?? Quality(samples.Quality, gates, signals.QualityLevel);
        if (quality.PValue is not null) evidence = evidence with { Quality = quality };

        var parts = signals.Rates.Select(signal => Rate(signal, EvidenceSums.Find(evidence, signal), gates)).ToList();
        bool hasRequests = parts[0].Judgement != Judgement.Inconclusive;
        foreach (RatioSignal signal in signals.Ratios)
        {
            RatioEvidence sums = EvidenceSums.Find(evidence, signal);

            // Inter-token latency exists in streamed answers only. Where clients stream nothing there is nothing to protect.
            bool isAbsent = signal.Signal == SignalWords.Itl && sums is { MoveBlocks: 0, Open: null };
            if (isAbsent && hasRequests) continue;
            SignalVerdict part = Ratio(signal, sums, gates);
            bool hasNoPrice = signal.Signal == SignalWords.CostPerToken && sums.Blocks == 0 && samples.CostProblem is not null;
            parts.Add(hasNoPrice ? part with { Reason = $"{SignalWords.Name(signal.Signal)} is not known: {samples.CostProblem}" } : part);
        }

        List<SignalVerdict> verdicts = [.. parts.GroupBy(static part => part.Signal).Select(static gate => Worst([.. gate])), quality];
        if (gates.Tasks is { Count: > 0 })
        {
            SignalVerdict tasks = evidence.Tasks ?? TaskSuite.Judge(samples.Tasks, gates, signals.TaskLevel);
            if (tasks.PValue is not null) evidence = evidence with { Tasks = tasks };
            verdicts.Add(tasks);
        }

        return new RolloutLook(evidence, Combine(verdicts));
    }

    /// <summary>The worst part of a gate speaks for it; among equals the one with the most against it.</summary>
    private static SignalVerdict Worst(IReadOnlyList<SignalVerdict> parts) =>
        parts.OrderByDescending(static part => Badness(part.Judgement)).ThenBy(static part => part.PValue ?? 1).First();

    private static int Badness(Judgement judgement) => judgement switch { Judgement.Fail => 2, Judgement.Inconclusive => 1, _ => 0 };

    private static RolloutVerdict Combine(List<SignalVerdict> signals)
    {
        Judgement worst = signals.MaxBy(static signal => Badness(signal.Judgement))!.Judgement;
        string details = string.Join("; ", signals.Where(signal => signal.Judgement == worst).Select(static signal => signal.Reason));
        return new RolloutVerdict
        {
            Judgement = worst,
            Reason = worst switch
            {
                Judgement.Fail => "The new release is worse: ",
                Judgement.Pass => "The new release is within every limit: ",
                _ => "Inconclusive: ",
            } + details + ".",
            Signals = signals,
        };
    }

    private static SignalVerdict Rate(RateSignal limit, RateEvidence sums, RolloutGates gates)
    {
        var baseline = new HitCount(sums.StepBaselineHits, sums.StepBaselineRequests);
        var candidate = new HitCount(sums.StepCandidateHits, sums.StepCandidateRequests);
        string name = limit.Of is { } of ? $"share of answers that end by {of}" : SignalWords.Name(limit.Signal);
        var signal = new SignalVerdict
        {
            Signal = limit.Signal,
            Judgement = Judgement.Inconclusive,
            Baseline = baseline.Requests > 0 ? baseline.Rate : null,
            Candidate = candidate.Requests > 0 ? candidate.Rate : null,
            Samples = (int)Math.Min(int.MaxValue, baseline.Requests + candidate.Requests),
            BaselineSamples = baseline.Requests,
            CandidateSamples = candidate.Requests,
            Reason = Text($"{name} has {baseline.Requests} requests of the serving release and {candidate.Requests} of the new one, ")
                + Text($"each needs {gates.MinRequests}"),
        };
        if (Math.Min(baseline.Requests, candidate.Requests) < gates.MinRequests) return signal;

        double pValue = Wealth.PValue(sums.Worse);
        double rise = limit.Falls ? baseline.Rate - candidate.Rate : candidate.Rate - baseline.Rate;
        string numbers = Text($"{name} {Percent(candidate.Rate)} of {candidate.Requests} requests against the serving release's ")
            + Text($"{Percent(baseline.Rate)} of {baseline.Requests}");
        string evidence = $"limit {(limit.Falls ? '-' : '+')}{Percent(limit.Margin)}, {P(pValue)}";
        signal = signal with { PValue = pValue, Reason = $"{numbers} ({evidence})" };
        if (pValue <= limit.Level) return signal with { Judgement = Judgement.Fail };

        return Rounding.Drop(rise - limit.Margin) <= 0
            ? signal with { Judgement = Judgement.Pass }
            : signal with { Reason = $"{numbers}, above the limit but perhaps by chance ({evidence})" };
    }

    private static SignalVerdict Ratio(RatioSignal limit, RatioEvidence sums, RolloutGates gates)
    {
        var signal = new SignalVerdict
        {
            Signal = limit.Signal,
            Judgement = Judgement.Inconclusive,
            Samples = sums.Blocks,
            BaselineSamples = sums.BaselineSamples,
            CandidateSamples = sums.CandidateSamples,
            Reason = SignalWords.Name(limit.Signal)
                + Text($" has {sums.Blocks} of the {gates.MinWindows} windows it needs in which both releases answered"),
        };
        if (sums.Blocks == 0) return signal;

        double baseline = sums.BaselineSum / sums.Weight;
        double candidate = sums.CandidateSum / sums.Weight;
        double pValue = Wealth.PValue(sums.Worse);
        signal = signal with
        {
            Baseline = Math.Exp(baseline),
            Candidate = Math.Exp(candidate),
            Ratio = Math.Exp(candidate - baseline),
            PValue = pValue,
        };
        (string numbers, string allowed) = Words(signal, limit);
        string evidence = Text($"{allowed}, {P(pValue)}, {sums.Blocks} windows");
        if (pValue <= limit.Level) return signal with { Judgement = Judgement.Fail, Reason = $"{numbers} ({evidence})" };
        if (sums.Blocks < gates.MinWindows) return signal;
        if (limit.Excess(baseline, candidate) > 0)
        {
            return signal with { Reason = $"{numbers}, above the limit but perhaps by chance ({evidence})" };
        }

        return Wealth.PValue(sums.Within) <= PassLevel
            ? signal with { Judgement = Judgement.Pass, Reason = $"{numbers} ({evidence})" }
            : signal with { Reason = $"{numbers}, within the limit but perhaps by chance ({evidence})" };
    }

    /// <summary>
    /// What was found and what it was held to. Of two limits the larger one counts: it is named first, and so is what was measured in it.
    /// </summary>
    private static (string Numbers, string Limit) Words(SignalVerdict signal, RatioSignal limit)
    {
        (double before, double after) = (signal.Baseline!.Value, signal.Candidate!.Value);
        string ratio = SignalWords.Ratio(after / before);
        string most = SignalWords.Ratio(limit.Falls ? 1 / limit.MaxRatio : limit.MaxRatio);
        string name = SignalWords.Name(signal.Signal);
        if (limit.Slack <= 0) return ($"{name} {ratio} the serving release's", $"limit {most}");
        string difference = SignalWords.Difference(after - before);
        string mostTime = SignalWords.Difference(limit.Slack);
        return before * limit.MaxRatio >= before + limit.Slack
            ? ($"{name} {ratio} the serving release's, {difference}", $"limit the larger of {most} and {mostTime}")
            : ($"{name} {difference} on the serving release's, {ratio}", $"limit the larger of {mostTime} and {most}");
    }

    /// <summary>
    /// Compares the texts of one probe by a signed-rank test, once: the texts are the same at every look, so nothing is gained by more.
    /// </summary>
    private static SignalVerdict Quality(IReadOnlyList<QualityPair> quality, RolloutGates gates, double level)
    {
        var pairs = quality.Where(static pair => pair is { BaselineBitsPerByte: > 0, CandidateBitsPerByte: > 0 }).ToList();
        int configured = gates.QualityPrompts.Count;
        var signal = new SignalVerdict
        {
            Signal = SignalWords.Quality,
            Judgement = Judgement.Inconclusive,
            Samples = pairs.Count,
            BaselineSamples = pairs.Count,
            CandidateSamples = pairs.Count,
            Reason = configured is > 0 and < MinQualityPrompts
                ? Text($"quality needs {MinQualityPrompts} texts, spec.rollout.gates.qualityPrompts has {configured}: add more or none")
                : Text($"quality has results for {pairs.Count} of the {MinQualityPrompts} texts it needs"),
        };
        if (pairs.Count == 0) return signal;

        // The middle pair is the one that decides, the worse one of two, so that what is shown is what was judged.
        QualityPair[] ordered = [.. pairs.OrderBy(pair => Excess(pair, gates.MaxQualityRatio))];
        QualityPair middle = ordered[ordered.Length / 2];
        double ratio = middle.CandidateBitsPerByte / middle.BaselineBitsPerByte;
        signal = signal with { Baseline = middle.BaselineBitsPerByte, Candidate = middle.CandidateBitsPerByte, Ratio = ratio };
        if (pairs.Count < MinQualityPrompts) return signal;

        double pValue = SignedRankTest.UpperTail([.. ordered.Select(pair => Excess(pair, gates.MaxQualityRatio))]);
        string numbers = $"quality: {SignalWords.Ratio(ratio)} the bits per byte of the serving release, where fewer are better";
        string evidence = Text($"limit {SignalWords.Ratio(gates.MaxQualityRatio)}, {P(pValue)}, {pairs.Count} texts");
        signal = signal with { PValue = pValue, Reason = $"{numbers} ({evidence})" };
        if (pValue <= level) return signal with { Judgement = Judgement.Fail };
        return Excess(middle, gates.MaxQualityRatio) <= 0
            ? signal with { Judgement = Judgement.Pass }
            : signal with { Reason = $"{numbers}, above the limit but perhaps by chance ({evidence})" };
    }

    /// <summary>How far a text is beyond the limit.</summary>
    private static double Excess(QualityPair pair, double maxRatio) =>
        Rounding.Drop(Math.Log(pair.CandidateBitsPerByte / (pair.BaselineBitsPerByte * maxRatio)));

    internal static string Percent(double share) => Text($"{share * 100:0.##}%");

    internal static string P(double value) => value < 0.001 ? "p < 0.001" : Text($"p = {value:0.###}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>One look of the judge.</summary>
/// <param name="Evidence">What is known now, to record with the decision.</param>
/// <param name="Verdict">What it says.</param>
public sealed record RolloutLook(MoveEvidence Evidence, RolloutVerdict Verdict);
