using Trireme.Inference.Scheduling;

namespace Trireme.Inference.Speculation;

/// <summary>
/// Decides which drafts a step checks: those that let answers grow faster, by the measured cost of steps and the measured success of
/// drafts. A draft token is worth its place if it is likely enough to be right for what it adds to the step's time; how likely that is
/// follows from all of the step, so a few thresholds are tried and the best one is taken. What is not tried is not measured: where
/// nothing pays, one sequence is drafted for now and then, less and less often, and where drafts pay, a step now and then does without.
/// No clock, no tasks, no I/O.
/// </summary>
internal sealed class SpeculationGain
{
    /// <summary>Steps without drafts before some are tried.</summary>
    public const int ProbeStepsMin = 64;

    public const int ProbeStepsMax = 4096;

    /// <summary>Steps in a row that try; costs are believed after a few.</summary>
    public const int ProbeLength = 4;

    /// <summary>Steps with drafts before one without: what drafts are compared with changes with the machine's load too.</summary>
    public const int PlainStepEvery = 128;

    /// <summary>What must be gained to begin, and to go on: between the two, what is done stays, so that noise does not move it.</summary>
    private const double StartGain = 1.06;
    private const double StayGain = 1.01;

    /// <summary>Steps over which reading a sequence with a draft model has to pay.</summary>
    private const double CatchUpSteps = 32;

    /// <summary>Where more tokens cost a step next to nothing, even unlikely ones pay; below the last threshold hardly any do.</summary>
    private static readonly double[] Thresholds = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05];

    private bool _isOn;
    private int _idleSteps;
    private int _probeAfter = ProbeStepsMin;
    private int _probesLeft;
    private int _draftedSteps;

    /// <summary>Decides for one step.</summary>
    /// <param name="streams">Answers that the step continues, with drafts or without.</param>
    /// <param name="offers">What could be drafted.</param>
    /// <param name="steps">What steps cost.</param>
    /// <param name="drafting">What drafting a token for some sequences costs; null for nothing.</param>
    public SpeculationDecision Decide(int streams, DraftOffers offers, StepCosts steps, StepCosts? drafting)
    {
        double without = steps.Between(streams);
        // Drafts say nothing where there are none, and nothing can be compared before a plain step was measured.
        if (offers.Count == 0 || without == 0) return SpeculationDecision.None;
        double bestGain = 0;
        double bestThreshold = 0;
        int last = 0;
        foreach (double threshold in Thresholds)
        {
            Plan plan = Select(offers, threshold);
            if (plan.Drafts == last) continue;
            last = plan.Drafts;
            double seconds = steps.Between(streams + plan.Drafts) + DraftingSeconds(plan, drafting);
            double gain = (streams + plan.Expected) / streams * (without / seconds);
            if (gain <= bestGain) continue;
            bestGain = gain;
            bestThreshold = threshold;
        }

        _isOn = bestGain >= (_isOn ? StayGain : StartGain);
        if (!_isOn) return Probe(offers, bestGain);
        _idleSteps = 0;
        _probesLeft = 0;
        _probeAfter = ProbeStepsMin;
        if (++_draftedSteps < PlainStepEvery) return new SpeculationDecision(SpeculationReason.Pays, bestThreshold, Only: -1, bestGain);
        _draftedSteps = 0;
        return new SpeculationDecision(SpeculationReason.Comparison, double.PositiveInfinity, Only: -1, bestGain);
    }

    private static Plan Select(DraftOffers offers, double threshold)
    {
        Plan plan = default;
        for (int i = 0; i < offers.Count; i++)
        {
            int count = offers.CountOf(i, threshold);
            if (count == 0) continue;
            plan.Drafts += count;
            plan.Sequences++;
            plan.Rounds = Math.Max(plan.Rounds, count);
            plan.CatchUp += offers.CatchUpOf(i);
            foreach (double chance in offers.ChancesOf(i)[..count]) plan.Expected += chance;
        }

        return plan;
    }

    private static double DraftingSeconds(in Plan plan, StepCosts? drafting) => drafting is null
        ? 0
        : (plan.Rounds * drafting.Between(plan.Sequences)) + (plan.CatchUp * drafting.PerPrefillToken / CatchUpSteps);

    private SpeculationDecision Probe(DraftOffers offers, double gain)
    {
        _idleSteps++;
        if (_idleSteps >= _probeAfter)
        {
            _idleSteps = 0;
            _probesLeft = ProbeLength;
            _probeAfter = Math.Min(_probeAfter * 2, ProbeStepsMax);
        }

        if (_probesLeft == 0) return new SpeculationDecision(SpeculationReason.DoesNotPay, double.PositiveInfinity, Only: -1, gain);
        _probesLeft--;
        return new SpeculationDecision(SpeculationReason.Probe, ChanceMin: 0, Cheapest(offers), gain);
    }

    /// <summary>The offer with the least to read first and, among equals, with the best chance.</summary>
    private static int Cheapest(DraftOffers offers)
    {
        int best = 0;
        for (int i = 1; i < offers.Count; i++)
        {
            int order = offers.CatchUpOf(i).CompareTo(offers.CatchUpOf(best));
            if (order < 0 || (order == 0 && offers.ChancesOf(i)[0] > offers.ChancesOf(best)[0])) best = i;
        }

        return best;
    }

    private record struct Plan(int Drafts, int Sequences, int Rounds, int CatchUp, double Expected);
}

/// <summary>Why drafts are checked or not.</summary>
internal enum SpeculationReason
{
    NothingToDecide,
    Ordered,
    Pays,
    DoesNotPay,

    /// <summary>They do not pay, but are tried in case that has changed.</summary>
    Probe,

    /// <summary>They pay, but are left out once to measure a step without them.</summary>
    Comparison,
}

/// <summary>Which drafts a step checks.</summary>
/// <param name="Reason">Why.</param>
/// <param name="ChanceMin">The least chance of a draft token that is checked.</param>
/// <param name="Only">The one offer that is drafted; -1 for all.</param>
/// <param name="Gain">Tokens per second with the best drafts over those without; 0 where unknown.</param>
internal readonly record struct SpeculationDecision(SpeculationReason Reason, double ChanceMin, int Only, double Gain)
{
    public static SpeculationDecision None { get; } =
        new(SpeculationReason.NothingToDecide, double.PositiveInfinity, Only: -1, Gain: 0);

    /// <summary>Checks all drafts without asking what they gain.</summary>
    public static SpeculationDecision All { get; } = new(SpeculationReason.Ordered, ChanceMin: 0, Only: -1, Gain: 0);
}
