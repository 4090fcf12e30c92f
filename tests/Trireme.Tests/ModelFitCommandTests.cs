using System.CommandLine;
using System.Text.Json.Nodes;
using Trireme.Commands;
using Trireme.Inference.Engine;
using Trireme.Output;

namespace Trireme.Tests;

[Collection("commands")]
public sealed class ModelFitCommandTests
{
    private const long MiB = 1 << 20;

    private static readonly ModelFit Fit = new()
    {
        ContextLength = 512,
        WeightBytes = 10 * MiB,
        DraftWeightBytes = 0,
        AdapterBytes = 0,
        KvCacheBytes = 3 * MiB,
        ScratchBytes = 2 * MiB,
        UnusedBytes = MiB,
        ProcessBytes = 80 * MiB,
    };

    [Theory]
    [InlineData("--max-loras 2", "Options of adapters need --enable-lora as well.")]
    [InlineData("--speculative draft", "--draft-model: name the smaller model")]
    [InlineData("--streams 0", "--streams: \"0\" is not a whole number of at least 1.")]
    public void Options_of_the_worker_are_checked_as_the_worker_does(string options, string message) =>
        Assert.StartsWith(message, Assert.Single(Parse(options).Errors).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("--enable-lora --max-loras 2 --max-lora-rank 8 --lora-memory 64Mi")]
    [InlineData("--speculative draft --draft-model small --weights int4 --kv-cache-dtype int8 --threads 2")]
    public void What_the_worker_is_started_with_can_be_asked_about(string options) => Assert.Empty(Parse(options).Errors);

    [Fact]
    public void The_table_adds_up_and_shows_what_there_is() =>
        Assert.Equal(
            """
            PART              MEMORY     FOR
            weights           10.0 MiB   all matrices and vectors
            keys and values   3.0 MiB    2 streams of 512 tokens
            scratch           2.0 MiB    one step
            budget            15.0 MiB   the sum so far: the least spec.resources.memory
            not used          1.0 MiB    scratch for more streams than these
            process           80.0 MiB   runtime, server and tokenizer
            total             94.0 MiB   budget less what is not used, and process

            """,
            Print(Fit, OutputFormat.Table));

    [Fact]
    public void Adapters_and_a_draft_model_have_lines_of_their_own()
    {
        ModelFit both = Fit with { DraftWeightBytes = 4 * MiB, AdapterBytes = 5 * MiB };
        string table = Print(both, OutputFormat.Table);
        Assert.Contains("draft model       4.0 MiB     its weights", table, StringComparison.Ordinal);
        Assert.Contains("adapters          5.0 MiB     kept for what --enable-lora takes", table, StringComparison.Ordinal);
        Assert.Contains("2 streams of 512 tokens, of both models", table, StringComparison.Ordinal);
        JsonNode json = JsonNode.Parse(Print(both, OutputFormat.Json))!;
        Assert.Equal((4 * MiB, 5 * MiB), ((long)json["draftWeightBytes"]!, (long)json["adapterBytes"]!));
        Assert.Equal((24 * MiB, 103 * MiB), ((long)json["budgetBytes"]!, (long)json["totalBytes"]!));
    }

    private static string Print(ModelFit fit, OutputFormat format)
    {
        using var output = new StringWriter();
        ModelFitPrinter.Print(fit, streams: 2, format, output);
        return output.ToString();
    }

    private static ParseResult Parse(string options) => TriremeCommand.Create().Parse($"model fit large {options}");
}
