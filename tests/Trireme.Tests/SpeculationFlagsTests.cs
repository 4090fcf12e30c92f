using System.CommandLine;
using Trireme.Commands;
using Trireme.Inference.Speculation;

namespace Trireme.Tests;

public sealed class SpeculationFlagsTests
{
    [Theory]
    [InlineData("--speculative draft", "--draft-model: name the smaller model")]
    [InlineData("--draft-model small", "--draft-model: only --speculative draft")]
    [InlineData("--speculative ngram --draft-model small", "--draft-model: only --speculative draft")]
    [InlineData("--num-speculative-tokens 3", "--num-speculative-tokens: nothing is drafted")]
    [InlineData("--prompt-lookup-max 3", "--prompt-lookup-max: only --speculative ngram")]
    [InlineData("--speculative draft --draft-model small --prompt-lookup-min 3", "--prompt-lookup-min: only --speculative ngram")]
    [InlineData("--speculative sometimes", "--speculative: \"sometimes\" is not one of off, ngram, draft")]
    public void Options_that_do_not_go_together_are_refused_by_name(string arguments, string message)
    {
        ParseResult parsed = Parse(arguments);
        Assert.StartsWith(message, Assert.Single(parsed.Errors).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_reach_the_engine()
    {
        Assert.Null(SpeculationFlags.Read(Parse("")));
        Assert.Null(SpeculationFlags.Read(Parse("--speculative off")));
        SpeculationOptions lookup =
            SpeculationFlags.Read(Parse("--speculative ngram --num-speculative-tokens 7 --prompt-lookup-min 3 --prompt-lookup-max 6"))!;
        Assert.Equal((SpeculationMethod.Ngram, 7, 3, 6), (lookup.Method, lookup.DraftTokensMax, lookup.LookupMin, lookup.LookupMax));
        SpeculationOptions draft = SpeculationFlags.Read(Parse("--speculative draft --draft-model small"))!;
        Assert.Equal((SpeculationMethod.Draft, 4), (draft.Method, draft.DraftTokensMax));
        Assert.EndsWith("small", draft.DraftModel, StringComparison.Ordinal);
    }

    private static ParseResult Parse(string arguments) => WorkerCommand.Create().Parse($"--model large {arguments}");
}
