using System.Buffers.Binary;
using System.Text;
using Trireme.Contracts.Resources;

namespace Trireme.Operator.Tests.Releases;

/// <summary>Tokenizer, template, weights and adapters of different models are told apart before an engine starts.</summary>
public sealed class PartsMismatchTests : IDisposable
{
    private const string Vocabulary = """{"added_tokens":[{"id":4,"content":"<|end|>"}],"model":{"vocab":{"a":0,"b":1,"c":2,"d":3}}}""";

    private readonly ReleaseBench _bench = new();

    public void Dispose() => _bench.Dispose();

    private const string Place = "model.embed_tokens.weight in model.safetensors";

    [Theory]
    [InlineData("4", 4, 8, "a", null)]
    [InlineData("8", 8, 8, "{{x}}<|end|>", null)]
    [InlineData(
        "4",
        4,
        8,
        "{{x}}<|end|>",
        $"the chat template writes \"<|end|>\", the id 4 of tokenizer.json, and {Place} has 4, up to 3")]
    [InlineData("3", 3, 8, "a", $"tokenizer.json has tokens up to the id 3, and {Place} has 3, up to 2")]
    [InlineData("9", 8, 8, "a", $"config.json names 9 tokens (vocab_size), and {Place} has vectors for 8")]
    [InlineData("4", 4, 6, "a", $"config.json says that a token's vector has 8 numbers (hidden_size), and {Place} has 6")]
    public async Task A_model_of_parts_that_do_not_fit_is_refused_with_the_numbers(
        string configTokens, int rows, int width, string template, string? mismatch)
    {
        Write("m", configTokens, rows, width, template);
        ReleaseStatus status = await _bench.VerifyAsync(Named("m"));
        Condition verified = ReleaseBench.Verified(status);
        if (mismatch is null)
        {
            Assert.Equal("DigestsMatch", verified.Reason);
            return;
        }

        Assert.Equal((ConditionStatus.False, "PartsMismatch"), (verified.Status, verified.Reason));
        Assert.StartsWith(mismatch, verified.Message, StringComparison.Ordinal);
        Assert.Null(status.ContentHash);
    }

    [Fact]
    public async Task An_adapter_of_another_model_is_refused()
    {
        Write("m", "8", 8, 8, "a");
        _bench.Write("second/lora/adapter_config.json", "{}");
        Tensor("second/lora/adapter_model.safetensors", "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", 2, 6);
        Release release = Named("m");
        release = release with
        {
            Spec = release.Spec with { Adapters = [new AdapterSpec { Name = "polite", Source = new AdapterSource { Path = "lora" } }] },
        };
        Condition verified = ReleaseBench.Verified(await _bench.VerifyAsync(release));
        Assert.Equal("PartsMismatch", verified.Reason);
        const string Numbers = "the adapter \"polite\" reads vectors of 6 numbers, and the model's have 8";
        Assert.Contains(Numbers, verified.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_release_that_was_verified_before_goes_on()
    {
        Write("m", "8", 8, 8, "a");
        Release release = Named("m");
        release = release with { Status = await _bench.VerifyAsync(release) };

        // As if an earlier version without this check had verified these files.
        Write("n", "4", 3, 8, "a");
        ReleaseStatus status = await _bench.VerifyAsync(Named("n"));
        Assert.Equal("PartsMismatch", ReleaseBench.Verified(status).Reason);
        Release older = Named("n") with { Status = new ReleaseStatus { ContentHash = new string('0', 64) } };
        Assert.Equal("DigestsMatch", ReleaseBench.Verified(await _bench.VerifyAsync(older)).Reason);
        Assert.Equal("DigestsMatch", ReleaseBench.Verified(await _bench.VerifyAsync(release)).Reason);
    }

    [Fact]
    public async Task Files_that_cannot_be_understood_are_the_engines_affair()
    {
        _bench.Write("second/m/config.json", "{\"vocab_size\":");
        _bench.Write("second/m/tokenizer.json", "[]");
        _bench.Write("second/m/model.safetensors", "no weights");
        Assert.Equal("DigestsMatch", ReleaseBench.Verified(await _bench.VerifyAsync(Named("m"))).Reason);
    }

    private static Release Named(string path) => new()
    {
        Metadata = new ObjectMeta { Name = "r", Namespace = "default", Generation = 1 },
        Spec = new ReleaseSpec { Source = new ModelSource { Path = path } },
    };

    private void Write(string folder, string configTokens, int rows, int width, string template)
    {
        _bench.Write($"second/{folder}/config.json", $$"""{"vocab_size":{{configTokens}},"hidden_size":8}""");
        _bench.Write($"second/{folder}/tokenizer.json", Vocabulary);
        _bench.Write($"second/{folder}/chat_template.jinja", template);
        Tensor($"second/{folder}/model.safetensors", "model.embed_tokens.weight", rows, width);
    }

    private void Tensor(string path, string name, int rows, int width)
    {
        int bytes = rows * width * sizeof(float);
        string header = $$"""{"{{name}}":{"dtype":"F32","shape":[{{rows}},{{width}}],"data_offsets":[0,{{bytes}}] } }""";
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        _bench.Write(path, "");
        File.WriteAllBytes(_bench.Place(path.Split('/')), [.. length, .. Encoding.ASCII.GetBytes(header), .. new byte[bytes]]);
    }
}
