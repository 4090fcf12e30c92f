using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;

namespace Trireme.Fleet.Tests.Rollouts;

/// <summary>What a token costs: the price of a replica for the time of a request, over the tokens of its answer.</summary>
public sealed class TokenCostTests
{
    private static readonly RolloutGates Gates = new() { MaxCostPerTokenRatio = 1.2 };

    [Theory]
    [InlineData(1, 1, 1, Judgement.Pass)]
    [InlineData(2, 1, 1, Judgement.Fail)] // A dearer place.
    [InlineData(1, 2, 1, Judgement.Fail)] // Longer for the same answer.
    [InlineData(1, 1, 0.5, Judgement.Fail)] // As long for half of it.
    [InlineData(1, 2, 2, Judgement.Pass)] // A longer answer in as much more time.
    [InlineData(3, 1, 3, Judgement.Pass)] // Three times the price for three times the tokens.
    public void Price_time_and_tokens_make_it(double price, double time, double tokens, Judgement expected) =>
        Assert.Equal(expected, Cost(Look(price, time, tokens)).Judgement);

    [Fact]
    public void It_is_told_in_money_for_a_million_tokens()
    {
        // Ten seconds at 3.6 an hour for a hundred tokens.
        SignalVerdict cost = Cost(Look(2, 1, 1));
        Assert.Equal(1e-4, cost.Baseline!.Value, 10);
        Assert.Equal("100 /Mtok", SignalWords.Value(cost.Signal, cost.Baseline));
        Assert.StartsWith("cost per token 2x the serving release's (limit 1.2x, p", cost.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_price_it_is_inconclusive_and_says_why()
    {
        RolloutSamples samples = Samples(null, 1, 1) with { CostProblem = "no pricePerHour is set" };
        SignalVerdict cost = Cost(RolloutJudge.Look(null, samples, Gates).Verdict);
        Assert.Equal((Judgement.Inconclusive, "cost per token is not known: no pricePerHour is set"), (cost.Judgement, cost.Reason));
    }

    [Fact]
    public void Without_the_gate_it_is_not_judged() => Assert.DoesNotContain(
        RolloutJudge.Look(null, Samples(2, 1, 1), new RolloutGates()).Verdict.Signals,
        signal => signal.Signal == SignalWords.CostPerToken);

    private static SignalVerdict Cost(RolloutVerdict verdict) =>
        verdict.Signals.Single(signal => signal.Signal == SignalWords.CostPerToken);

    private static RolloutVerdict Look(double price, double time, double tokens) =>
        RolloutJudge.Look(null, Samples(price, time, tokens), Gates).Verdict;

    private static RolloutSamples Samples(double? price, double time, double tokens)
    {
        ArmWindow Arm(double factor, double seconds, double length) => new()
        {
            Requests = 10,
            Ttft = LogSum.Of(0.1, 10),
            Duration = LogSum.Of(10 * seconds, 10),
            OutputTokens = LogSum.Of(100 * length, 10),
            PricePerHour = price is null ? null : 3.6 * factor,
        };
        return new RolloutSamples
        {
            Windows =
            [
                .. Enumerable.Range(0, 32).Select(i => new WindowPair(
                    RolloutWorld.Now.AddSeconds(i), Arm(1, 1, 1), Arm(price ?? 1, time, tokens))),
            ],
            Quality = RolloutWorld.Good.Quality,
        };
    }
}
