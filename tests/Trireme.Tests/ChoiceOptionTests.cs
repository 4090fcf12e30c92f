using System.CommandLine;
using Trireme.Commands;

namespace Trireme.Tests;

[Collection("commands")]
public sealed class ChoiceOptionTests
{
    private static readonly ChoiceOption<int?> Colour = new("--colour", "A colour.", ("auto", null), ("red", 1), ("blue", 2));

    [Theory]
    [InlineData("", null)]
    [InlineData("--colour auto", null)]
    [InlineData("--colour red", 1)]
    [InlineData("--colour blue", 2)]
    public void A_word_gives_its_value_and_no_word_the_first(string line, int? expected)
    {
        ParseResult parsed = new RootCommand { Colour }.Parse(line);
        Assert.Empty(parsed.Errors);
        Assert.Equal(expected, Colour.Of(parsed));
    }

    [Fact]
    public void Another_word_is_refused_with_those_there_are()
    {
        ParseResult parsed = new RootCommand { Colour }.Parse("--colour green");
        Assert.Equal("--colour: \"green\" is not one of auto, red, blue.", Assert.Single(parsed.Errors).Message);
    }

    [Theory]
    [InlineData("worker --model x --tool-call-parser auto --pooling auto --engine auto --weights int4 --kv-cache-dtype int8")]
    [InlineData("worker --model x --tool-call-parser none --pooling cls --engine onnx --speculative ngram")]
    [InlineData("model random --shape llama-3.2-1b --type q4_0 --output-file x.gguf")]
    [InlineData("model quantize x --type bf16 --output-file x.gguf")]
    public void Commands_take_their_words(string line) => Assert.Empty(TriremeCommand.Create().Parse(line).Errors);
}
