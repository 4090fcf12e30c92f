using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Metrics;
using Trireme.Inference.Engine;
using Trireme.Inference.Generation;
using Trireme.Inference.Tests.Grammars;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Engine;

public sealed class ConstrainedAnswerTests
{
    /// <summary>More schemas than the default of every run, such as 2000.</summary>
    private const string CountVariable = "TRIREME_SCHEMAS";

    [Fact]
    public async Task The_sample_model_answers_random_schemas_with_valid_documents_only()
    {
        string? wanted = Environment.GetEnvironmentVariable(CountVariable);
        int count = wanted is null ? 100 : int.Parse(wanted, CultureInfo.InvariantCulture);
        await using InferenceEngine engine = await LoadAsync();
        var random = new Random(2026);
        int[] prompt = engine.Tokenizer.Encode("Once upon a time");
        int answered = 0, cut = 0;
        while (answered < count)
        {
            List<(string Schema, Task<Answer> Answer)> batch = [];
            while (batch.Count < Math.Min(50, count - answered))
            {
                string schema = new RandomSchema(random).Make();
                var request = new GenerationRequest
                {
                    Id = $"schema-{batch.Count}",
                    PromptTokens = prompt,
                    Sampling = engine.Model.DefaultSampling with
                    {
                        Seed = random.Next(), MaxTokens = random.Next(32, 200), Constraint = OutputConstraint.JsonSchema(schema),
                    },
                };
                SubmitResult result = engine.Submit(request, TestContext.Current.CancellationToken);
                // A schema that nothing satisfies, or whose shortest document is longer than the limit, is no answer to judge.
                if (result.Events is null)
                {
                    Assert.Equal(SubmitError.InvalidConstraint, result.Error);
                    continue;
                }

                batch.Add((schema, Answer.Read(result.Events)));
            }

            foreach ((string schema, Task<Answer> pending) in batch)
            {
                Answer answer = await pending;
                string? violation = SchemaValidator.FindViolation(schema, answer.Text);
                Assert.True(violation is null, $"{violation}\n{schema}\n{answer.Text}");
                if (answer.End.FinishReason == FinishReason.Length) cut++;
            }

            answered += batch.Count;
        }

        TestContext.Current.SendDiagnosticMessage($"{answered} schemas, all answers valid, {cut} of them ended by their limit.");
    }

    [Fact]
    public async Task A_constraint_that_cannot_be_kept_is_refused_at_once()
    {
        await using InferenceEngine engine = await LoadAsync();
        SubmitResult result = Submit(OutputConstraint.JsonSchema("""{"not":{}}"""), maxTokens: 50);
        Assert.Equal(SubmitError.InvalidConstraint, result.Error);
        Assert.Contains("'not' at #", result.Message, StringComparison.Ordinal);

        result = Submit(OutputConstraint.JsonSchema("""{"const":"a rather long text that takes some tokens"}"""), maxTokens: 3);
        Assert.Equal(SubmitError.InvalidConstraint, result.Error);
        Assert.Contains("Raise max_tokens to at least", result.Message, StringComparison.Ordinal);

        Answer answer = await Answer.Read(Submit(OutputConstraint.Choice(["yes", "no"]), maxTokens: 16).Events!);
        Assert.Contains(answer.Text, new[] { "yes", "no" });
        Assert.Equal(FinishReason.Stop, answer.End.FinishReason);

        SubmitResult Submit(OutputConstraint constraint, int maxTokens) => engine.Submit(
            new GenerationRequest
            {
                Id = "one", PromptTokens = [1], Sampling = new SamplingOptions { MaxTokens = maxTokens, Constraint = constraint },
            },
            TestContext.Current.CancellationToken);
    }

    private static Task<InferenceEngine> LoadAsync() => InferenceEngine.LoadAsync(
        Repository.PathOf("samples", "models", "tiny"),
        new EngineOptions { ModelName = "tiny" },
        new MetricRegistry(),
        NullLoggerFactory.Instance,
        TimeProvider.System,
        TestContext.Current.CancellationToken);
}
