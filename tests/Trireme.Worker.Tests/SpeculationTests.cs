using System.Text.Json;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Speculation;

namespace Trireme.Worker.Tests;

public sealed class SpeculationTests(SharedWorker shared)
{
    public static TheoryData<string, CompletionRequest> Requests => new()
    {
        { "greedy", Ask("ab ab ab ab") with { Temperature = 0 } },
        { "drawn", Ask("ab ab ab ab") with { Temperature = 0.7f, Seed = 5, TopP = 0.9f } },
        { "with a penalty that makes it repeat itself", Ask("xyz xyz xyz") with { Temperature = 1, Seed = 3, FrequencyPenalty = -2 } },
        { "with log-probabilities and token ids", Ask("one two one two") with { Temperature = 0, Logprobs = 4, ReturnTokenIds = true } },
        { "with a stop text", Ask("ab ab ab ab") with { Temperature = 1, Seed = 1, FrequencyPenalty = -2, Stop = ["e", "Q"] } },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task A_stream_is_the_same_with_drafts_and_without(string sentence, CompletionRequest request)
    {
        List<string> expected = await StreamAsync(shared.Worker, request);
        foreach (SpeculationMethod method in Enum.GetValues<SpeculationMethod>())
        {
            await using RunningWorker worker = await RunningWorker.StartAsync(options => options with
            {
                Speculation = new SpeculationOptions
                {
                    Method = method,
                    LookupMin = 1,
                    DraftModel = method == SpeculationMethod.Draft ? options.ModelPath : null,
                    Always = true,
                },
            });
            List<string> actual = await StreamAsync(worker, request);
            Assert.True(expected.SequenceEqual(actual), $"{sentence}, {method}");
            Assert.True(expected.Count > 5, sentence);
            string metrics = (await worker.GetAsync("/metrics")).Body;
            string none = "vllm:spec_decode_num_accepted_tokens_total{model_name=\"tiny\",engine=\"0\"} 0\n";
            Assert.Contains(none[..^3], metrics, StringComparison.Ordinal);
            if (method == SpeculationMethod.Draft) Assert.DoesNotContain(none, metrics, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_worker_without_speculation_has_no_metrics_of_it() =>
        Assert.DoesNotContain("spec_decode", (await shared.Worker.GetAsync("/metrics")).Body, StringComparison.Ordinal);

    private static CompletionRequest Ask(string prompt) => new() { Prompt = prompt, MaxTokens = 120, Stream = true };

    /// <summary>The events without what names the answer and the time.</summary>
    private static async Task<List<string>> StreamAsync(RunningWorker worker, CompletionRequest request)
    {
        List<JsonElement> events = await worker.StreamAsync("/v1/completions", request);
        return [.. events.Select(entry => entry.GetProperty("choices").GetRawText())];
    }
}
