using Trireme.Inference.Generation;
using Trireme.Inference.Sampling;

namespace Trireme.Inference.Tests.Sampling;

public sealed class LogProbabilitiesTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(20)]
    public void The_best_alternatives_come_first_with_their_log_softmax(int alternatives)
    {
        var random = new Random(alternatives);
        float[] logits = [.. Enumerable.Range(0, 300).Select(_ => (random.NextSingle() * 20) - 10)];
        logits[40] = logits[200] = 11;
        double normalizer = Math.Log(logits.Sum(logit => Math.Exp(logit)));

        TokenLogProbability result = LogProbabilities.Of(logits, 17, alternatives);

        Assert.Equal(17, result.TokenId);
        Assert.Equal(logits[17] - normalizer, result.LogProbability, 1e-5);
        int[] best = [.. Enumerable.Range(0, 300).OrderByDescending(token => logits[token]).ThenBy(token => token).Take(alternatives)];
        Assert.Equal(best, result.Top.Select(entry => entry.TokenId));
        Assert.All(result.Top, entry => Assert.Equal(logits[entry.TokenId] - normalizer, entry.LogProbability, 1e-5));
    }

    [Fact]
    public void A_small_vocabulary_has_no_more_alternatives_than_tokens() =>
        Assert.Equal([2, 0, 1], LogProbabilities.Of([1f, 0f, 2f], 0, 20).Top.Select(entry => entry.TokenId));

    public static TheoryData<string, SamplingOptions> Breaches => new()
    {
        { "temperature", new SamplingOptions { Temperature = -0.1f } },
        { "temperature", new SamplingOptions { Temperature = float.NaN } },
        { "temperature", new SamplingOptions { Temperature = float.PositiveInfinity } },
        { "top_p", new SamplingOptions { TopP = -0.1f } },
        { "top_p", new SamplingOptions { TopP = 1.1f } },
        { "top_p", new SamplingOptions { TopP = float.NaN } },
        { "top_k", new SamplingOptions { TopK = -1 } },
        { "max_tokens", new SamplingOptions { MaxTokens = -1 } },
        { "logprobs", new SamplingOptions { LogProbabilities = 21 } },
        { "prompt_logprobs", new SamplingOptions { PromptLogProbabilities = -1 } },
        { "stop", new SamplingOptions { Stop = ["a", ""] } },
        { "stop", new SamplingOptions { Stop = [.. Enumerable.Repeat("x", 65)] } },
    };

    [Theory]
    [MemberData(nameof(Breaches))]
    public void An_option_out_of_range_is_named(string field, SamplingOptions options) =>
        Assert.StartsWith(field, SamplingRules.FindProblem(options), StringComparison.Ordinal);

    [Fact]
    public void The_defaults_and_the_limits_are_in_range()
    {
        Assert.Null(SamplingRules.FindProblem(new SamplingOptions()));
        Assert.Null(SamplingRules.FindProblem(new SamplingOptions
        {
            Temperature = 0,
            TopP = 1,
            TopK = 1,
            MaxTokens = 0,
            LogProbabilities = 20,
            PromptLogProbabilities = 0,
            Stop = ["end"],
        }));
    }
}
