using Trireme.Contracts.Metrics;
using Trireme.Inference.Generation;
using Trireme.Inference.Speculation;
using Trireme.Inference.Tests.Adapters;
using Trireme.Inference.Tests.Engine;

namespace Trireme.Inference.Tests.Speculation;

/// <summary>Drafts under adapters, which nobody who drafts knows of.</summary>
public sealed class SpeculativeAdapterTests
{
    private const int Requests = 12;

    private static readonly string?[] Adapters = [null, "one", "two"];

    [Theory]
    [InlineData(SpeculationMethod.Ngram)]
    [InlineData(SpeculationMethod.Draft)]
    public async Task Answers_of_several_adapters_in_one_batch_are_the_same_to_the_bit_with_drafts_and_without(SpeculationMethod method)
    {
        GenerationRequest[] requests = [.. Enumerable.Range(0, Requests).Select(Request)];
        var expected = new List<Answer>();
        await using (var plain = new AdapterBench())
        {
            Load(plain);
            foreach (GenerationRequest request in requests) expected.Add(await plain.Ask(request));
        }

        var options = new SpeculationOptions { Method = method, LookupMin = 1, DraftModel = "itself", Always = true };
        await using var drafting = new AdapterBench(threads: 2, speculation: options);
        Load(drafting);
        // The second time a prompt is found in the caches of both models.
        for (int round = 0; round < 2; round++)
        {
            Answer[] actual = await Task.WhenAll(requests.Select(drafting.Ask));
            for (int i = 0; i < Requests; i++)
            {
                Assert.Equal(expected[i].Tokens, actual[i].Tokens);
                Assert.Equal(CrowdTests.Bits(expected[i]), CrowdTests.Bits(actual[i]));
                Assert.Equal(expected[i].End.FinishReason, actual[i].End.FinishReason);
            }
        }

        double drafted = drafting.Metric(EngineMetricNames.SpeculativeDraftTokens);
        double accepted = drafting.Metric(EngineMetricNames.SpeculativeAcceptedTokens);
        Assert.True(accepted > 50 && drafted > accepted, $"{accepted} of {drafted} drafts were right.");
        Assert.Equal(0, drafting.CacheUsage);
    }

    private static void Load(AdapterBench bench)
    {
        bench.Load("one", seed: 1);
        bench.Load("two", seed: 2);
    }

    /// <summary>Every prompt under each adapter and under none, greedy and drawn; every other prompt repeats itself.</summary>
    private static GenerationRequest Request(int number)
    {
        int kind = number / Adapters.Length;
        GenerationRequest request = AdapterBench.Request(kind, Adapters[number % Adapters.Length], answer: 60);
        return request with
        {
            PromptTokens = kind % 2 == 0 ? [.. request.PromptTokens, .. request.PromptTokens] : request.PromptTokens,
            Sampling = request.Sampling with
            {
                Temperature = kind < 2 ? 0 : 0.7f,
                Seed = number,
                TopP = 0.9f,
                RepetitionPenalty = kind == 3 ? 1.1f : 1,
                LogProbabilities = 2,
            },
        };
    }
}
