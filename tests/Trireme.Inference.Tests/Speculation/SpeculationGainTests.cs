using Trireme.Inference.Scheduling;
using Trireme.Inference.Speculation;

namespace Trireme.Inference.Tests.Speculation;

public sealed class SpeculationGainTests
{
    private const int DraftTokensMax = 4;

    /// <summary>A step takes one, or its share of what arithmetic allows: seven tokens at once are free.</summary>
    private static double Bound(int tokens) => Math.Max(1, tokens / 7.0);

    private static double Flat(int tokens) => 1;

    private static double Linear(int tokens) => tokens;

    public static TheoryData<string, Func<int, double>, double, double[], int[]> Cases => new()
    {
        { "free tokens are all taken", Flat, 0, [0.8], [4] },
        { "even unlikely ones", Flat, 0, [0.4], [3] },
        { "but not for next to nothing", Flat, 0, [0.04], [0] },
        { "where each token costs as much as a step nothing pays", Linear, 0, [0.9], [0] },
        { "one stream has room for all", Bound, 0, [0.7], [4] },
        { "sixteen have none", Bound, 0, [.. Enumerable.Repeat(0.7, 16)], [.. Enumerable.Repeat(0, 16)] },
        { "of three only the better ones are drafted for", Bound, 0, [0.9, 0.1, 0.1], [4, 0, 0] },
        { "a cheap draft model pays", Bound, 0.1, [0.8], [4] },
        { "a dear one does not", Bound, 0.8, [0.6], [0] },
        { "a draft model is asked for fewer tokens when the later ones are not worth its time", Bound, 0.3, [0.7], [2] },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Drafts_are_checked_as_far_as_they_pay(
        string sentence, Func<int, double> seconds, double drafting, double[] rates, int[] expected)
    {
        DraftOffers offers = Offers(rates);
        SpeculationDecision decision =
            new SpeculationGain().Decide(rates.Length, offers, Costs(seconds), drafting > 0 ? Costs(_ => drafting) : null);
        int[] actual = [.. Enumerable.Range(0, rates.Length).Select(i => offers.CountOf(i, decision.ChanceMin))];
        Assert.True(expected.SequenceEqual(actual), $"{sentence}: {string.Join(' ', actual)} for a gain of {decision.Gain}.");
        Assert.Equal(expected.Sum() > 0 ? SpeculationReason.Pays : SpeculationReason.DoesNotPay, decision.Reason);
    }

    [Fact]
    public void Without_offers_or_measures_nothing_is_decided()
    {
        var gain = new SpeculationGain();
        Assert.Equal(SpeculationDecision.None, gain.Decide(1, Offers([]), Costs(Flat), drafting: null));
        Assert.Equal(SpeculationDecision.None, gain.Decide(1, Offers([0.9]), new StepCosts(), drafting: null));
    }

    [Fact]
    public void A_small_gain_keeps_what_is_done_and_begins_nothing()
    {
        // A second token costs a little less than it brings.
        StepCosts costs = Costs(tokens => tokens == 1 ? 1 : 1.13);
        DraftOffers small = Offers([0.17]);
        var gain = new SpeculationGain();
        Assert.Equal(SpeculationReason.DoesNotPay, gain.Decide(1, small, costs, drafting: null).Reason);
        Assert.Equal(SpeculationReason.Pays, gain.Decide(1, Offers([0.6]), costs, drafting: null).Reason);
        Assert.Equal(SpeculationReason.Pays, gain.Decide(1, small, costs, drafting: null).Reason);
        Assert.Equal(SpeculationReason.DoesNotPay, gain.Decide(1, Offers([0.1]), costs, drafting: null).Reason);
        Assert.Equal(SpeculationReason.DoesNotPay, gain.Decide(1, small, costs, drafting: null).Reason);
    }

    [Fact]
    public void While_drafts_pay_a_step_now_and_then_does_without_and_so_a_machine_that_got_faster_is_noticed()
    {
        // Plain steps were measured under load; what drafts bring is less than what the machine takes for them by now.
        StepCosts costs = Costs(tokens => tokens == 1 ? 4 : 3);
        var gain = new SpeculationGain();
        DraftOffers offers = Offers([0.3]);
        int plain = 0;
        int steps = 0;
        for (; steps < 3_000; steps++)
        {
            SpeculationDecision decision = gain.Decide(1, offers, costs, drafting: null);
            int drafts = offers.CountOf(0, decision.ChanceMin);
            if (drafts == 0) plain++;
            costs.Observe(1 + drafts, 0, drafts == 0 ? 1 : 3);
            if (decision.Reason == SpeculationReason.DoesNotPay) break;
            Assert.Equal(drafts == 0 ? SpeculationReason.Comparison : SpeculationReason.Pays, decision.Reason);
        }

        Assert.InRange(plain, 3, 8);
        Assert.InRange(steps, plain - 2, 8 * SpeculationGain.PlainStepEvery);
    }

    [Fact]
    public void What_does_not_pay_is_tried_less_and_less_often_on_one_sequence()
    {
        var gain = new SpeculationGain();
        DraftOffers offers = Offers([0.1, 0.3, 0.2]);
        var probes = new List<int>();
        for (int step = 1; step <= 20_000; step++)
        {
            SpeculationDecision decision = gain.Decide(3, offers, Costs(Linear), drafting: null);
            if (decision.Reason != SpeculationReason.Probe) continue;
            Assert.Equal(1, decision.Only);
            Assert.Equal(DraftTokensMax, offers.CountOf(decision.Only, decision.ChanceMin));
            probes.Add(step);
        }

        Assert.Equal([64, 65, 66, 67], probes[..4]);
        Assert.Equal(64 + 128, probes[4]);
        Assert.Equal(SpeculationGain.ProbeStepsMax, probes[^1] - probes[^(1 + SpeculationGain.ProbeLength)]);
    }

    [Fact]
    public void A_probe_takes_the_sequence_with_the_least_to_read()
    {
        var gain = new SpeculationGain();
        var offers = new DraftOffers(3, DraftTokensMax);
        foreach (int catchUp in new[] { 90, 10, 50 }) offers.Add(request: null, new DraftOffer(1, CatchUp: catchUp))[0] = catchUp / 1000.0;
        SpeculationDecision decision = default;
        for (int i = 0; i < SpeculationGain.ProbeStepsMin; i++) decision = gain.Decide(3, offers, Costs(Linear), Costs(Flat));
        Assert.Equal((SpeculationReason.Probe, 1), (decision.Reason, decision.Only));
    }

    private static DraftOffers Offers(double[] rates)
    {
        var offers = new DraftOffers(16, DraftTokensMax);
        foreach (double rate in rates)
        {
            Span<double> chances = offers.Add(request: null, new DraftOffer(DraftTokensMax));
            for (int i = 0; i < chances.Length; i++) chances[i] = Math.Pow(rate, i + 1);
        }

        return offers;
    }

    private static StepCosts Costs(Func<int, double> seconds)
    {
        var costs = new StepCosts();
        for (int i = 0; i < 40 * 80; i++) costs.Observe(1 + (i / 40), 0, seconds(1 + (i / 40)));
        return costs;
    }
}
