using System.Text.Json;
using Trireme.Inference.Formats;
using Trireme.Inference.Kernels;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Models;

/// <summary>Real model folders with what transformers computes for them.</summary>
public sealed class FixtureModelTests
{
    private const double LogitTolerance = 0.001;
    private const double NegativeLogLikelihoodTolerance = 0.001;

    /// <summary>Below this margin between the two best tokens, rounding may decide.</summary>
    private const double ClearMargin = 0.01;

    [Theory]
    [InlineData("llama-tied")]
    [InlineData("llama3-rope")]
    [InlineData("qwen2")]
    [InlineData("qwen3")]
    public void Logits_likelihood_and_greedy_tokens_match_transformers(string name)
    {
        string? path = Fixtures.Find("engine/" + name);
        if (path is null) Assert.Skip("The model fixtures are not on this machine.");
        var config = ModelConfig.Load(Path.Combine(path, "config.json"));
        using var weights = SafetensorsSet.OpenFolder(path);
        using JsonDocument expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(path, "expected.json")));
        foreach (JsonElement testCase in expected.RootElement.GetProperty("cases").EnumerateArray())
        {
            using var bench = new ForwardBench(config, weights);
            int[] tokens = Integers(testCase, "token_ids");
            float[][] logits = bench.Run(tokens);
            foreach (JsonElement entry in testCase.GetProperty("last_top10").EnumerateArray())
            {
                Assert.Equal(entry[1].GetDouble(), logits[^1][entry[0].GetInt32()], LogitTolerance);
            }

            if (tokens.Length > 1)
            {
                double meanNegativeLogLikelihood = Enumerable.Range(1, tokens.Length - 1)
                    .Average(i => Probabilities.LogSumExp(logits[i - 1]) - logits[i - 1][tokens[i]]);
                Assert.Equal(testCase.GetProperty("mean_nll").GetDouble(), meanNegativeLogLikelihood, NegativeLogLikelihoodTolerance);
            }

            if (testCase.GetProperty("greedy_min_margin").GetDouble() <= ClearMargin) continue;
            int[] greedy = Integers(testCase, "greedy");
            Assert.Equal(greedy, Continue(bench, tokens, greedy.Length));
        }
    }

    private static int[] Continue(ForwardBench bench, int[] prompt, int count)
    {
        var table = bench.Reserve(prompt.Length + count);
        var generated = new List<int>();
        bench.Batch.Add(prompt, 0, table, outputs: 1);
        while (true)
        {
            generated.Add(Probabilities.ArgMax(bench.Run()[0]));
            if (generated.Count == count) return [.. generated];
            bench.Batch.Add([generated[^1]], prompt.Length + generated.Count - 1, table, outputs: 1);
        }
    }

    private static int[] Integers(JsonElement element, string property) =>
        [.. element.GetProperty(property).EnumerateArray().Select(value => value.GetInt32())];
}
