using Trireme.Contracts.Resources;
using Trireme.Output;
using Trireme.Releases;

namespace Trireme.Tests;

public sealed class ReleaseDiffTests
{
    [Theory]
    [InlineData("model-00001-of-00002.safetensors", "weights")]
    [InlineData("model.safetensors.index.json", "weights")]
    [InlineData("tiny-q4.gguf", "weights")]
    [InlineData("config.json", "model config")]
    [InlineData("tokenizer.json", "tokenizer")]
    [InlineData("tokenizer/vocab.txt", "tokenizer")]
    [InlineData("chat_template.jinja", "chat template")]
    [InlineData("generation_config.json", "generation config")]
    [InlineData("prompts/greeting.txt", "prompts")]
    [InlineData("README.md", "other files")]
    public void Files_belong_to_parts(string file, string part) => Assert.Equal(part, ReleaseParts.Of(file).ToText());

    [Fact]
    public void Each_part_that_differs_is_told_and_nothing_else()
    {
        Release first = Release("a", Digest('1'), Digest('2'));
        Release second = Release("b", Digest('1'), Digest('3')) with
        {
            Spec = first.Spec with
            {
                Engine = new EngineSpec { Weights = "int8", Speculation = new SpeculationSpec { Method = "ngram", Tokens = 3 } },
                Adapters = [new AdapterSpec { Name = "polite", Source = new AdapterSource { Path = "lora" } }],
                Description = "In eight bits.",
            },
        };
        IEnumerable<string> changes = ReleaseDiff.Of(first, second)
            .Select(change => $"{change.Part.ToText()}|{change.Item}|{change.From}|{change.To}");
        Assert.Equal(
            [
                $"tokenizer|tokenizer.json|{Digest('2')}|{Digest('3')}",
                "engine|spec.engine.speculation.method||ngram",
                "engine|spec.engine.speculation.tokens||3",
                "engine|spec.engine.weights||int8",
                "adapters|polite: path||lora",
                "words|spec.description||In eight bits.",
            ],
            changes);
    }

    [Fact]
    public void Words_alone_are_no_content()
    {
        Release first = Release("a", Digest('1'), Digest('2'));
        Release second = first with
        {
            Metadata = first.Metadata with { Name = "b", Labels = new Dictionary<string, string> { ["team"] = "x" } },
            Spec = first.Spec with { PullSecret = "pull" },
        };
        IReadOnlyList<ReleaseChange> changes = ReleaseDiff.Of(first, second);
        Assert.All(changes, change => Assert.False(change.IsContent));
        Assert.True((bool)ReleaseDiffPrinter.ToJson(first, second, changes)["sameContent"]!);
        var text = new StringWriter();
        ReleaseDiffPrinter.Print(first, second, changes, text);
        Assert.Contains("Only words differ, which are no content", text.ToString(), StringComparison.Ordinal);
    }

    private static string Digest(char digit) => "sha256:" + new string(digit, 64);

    private static Release Release(string name, string weights, string tokenizer) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default" },
        Spec = new ReleaseSpec { Source = new ModelSource { Path = "tiny" } },
        Status = new ReleaseStatus
        {
            ContentHash = new string('a', 64),
            ShortHash = new string('a', 12),
            Artifacts =
            [
                new ArtifactPin { File = "model.safetensors", Digest = weights },
                new ArtifactPin { File = "tokenizer.json", Digest = tokenizer },
            ],
        },
    };
}
