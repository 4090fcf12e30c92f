using System.Text.Json.Nodes;
using Trireme.Inference.Adapters;
using Trireme.Inference.Formats;
using Trireme.Inference.Tests.Formats;
using Trireme.Inference.Tests.Models;

namespace Trireme.Inference.Tests.Adapters;

public sealed class AdapterReaderTests
{
    private static readonly ModelConfig Awkward = SyntheticModel.Awkward;

    /// <summary>Settings in JSON, and what the refusal names.</summary>
    public static TheoryData<string, string, string[]> RefusedSettings => new()
    {
        { "another kind of adapter", """{"peft_type":"LOHA"}""", ["peft_type", "LOHA"] },
        { "no kind", """{"peft_type":null}""", ["peft_type", "missing"] },
        { "DoRA", """{"use_dora":true}""", ["use_dora", "DoRA"] },
        { "biases of the base model", """{"bias":"all"}""", ["bias", "replaces biases"] },
        { "biases of its own", """{"lora_bias":true}""", ["lora_bias"] },
        { "whole modules", """{"modules_to_save":["lm_head"]}""", ["modules_to_save", "replaces whole modules"] },
        { "token embeddings", """{"trainable_token_indices":[1]}""", ["trainable_token_indices"] },
        { "parameters", """{"target_parameters":["mlp.experts.gate_up_proj"]}""", ["target_parameters"] },
        { "repeated layers", """{"layer_replication":[[0,2],[1,3]]}""", ["layer_replication"] },
        { "an invocation", """{"alora_invocation_tokens":[1,2]}""", ["alora_invocation_tokens"] },
        { "a base model changed at the start", """{"init_lora_weights":"pissa_niter_16"}""", ["init_lora_weights", "pissa_niter_16"] },
        { "a setting of the future", """{"use_quantum":{"spins":2}}""", ["use_quantum", "not known"] },
        { "no rank", """{"r":0}""", ["'r'", "from 1"] },
        { "a rank in words", """{"r":"high"}""", ["'r'", "high"] },
        { "a negative strength", """{"lora_alpha":-1}""", ["lora_alpha"] },
        { "no targets", """{"target_modules":null}""", ["target_modules", "missing"] },
        { "the output", """{"target_modules":["q_proj","lm_head"]}""", ["lm_head", "output are not run"] },
        { "the embedding", """{"target_modules":["embed_tokens"]}""", ["embed_tokens", "not run"] },
        { "an unknown module", """{"target_modules":["q_proj","c_attn"]}""", ["c_attn", "self_attn.q_proj, self_attn.k_proj"] },
        { "another layer list", """{"layers_to_transform":[0],"layers_pattern":"blocks"}""", ["layers_pattern"] },
        { "a layer that is none", """{"layers_to_transform":[-1]}""", ["layers_to_transform"] },
        { "an expression that is none", """{"target_modules":"(q_proj"}""", ["target_modules", "cannot be read"] },
        { "a rank for an expression that is none", """{"rank_pattern":{"[":2}}""", ["rank_pattern.["] },
        { "a rank of its own in words", """{"rank_pattern":{"q_proj":"two"}}""", ["rank_pattern.q_proj", "two"] },
    };

    [Theory]
    [MemberData(nameof(RefusedSettings))]
    public void A_configuration_is_refused_with_its_reason_for(string name, string settings, string[] parts)
    {
        using var folder = new AdapterFolder(Awkward, seed: 1, change: config => Merge(config, settings));
        AssertRefused(name, folder, parts);
    }

    /// <summary>What is done to a file, and what the refusal names.</summary>
    public static TheoryData<string, string, string, string[]> RefusedTensors => new()
    {
        { "half of a pair", "layers.1.mlp.up_proj.lora_B", "", ["model.layers.1.mlp.up_proj.lora_B.weight", "missing"] },
        { "a missing pair", "layers.2.self_attn.k_proj.lora_", "", ["model.layers.2.self_attn.k_proj.lora_A.weight", "missing"] },
        { "a layer too many", "layers.2.mlp.up_proj", "layers.3.mlp.up_proj", ["layers.3.mlp.up_proj", "3 layers"] },
        { "a layer with a zero before it", "layers.2.mlp.up_proj", "layers.02.mlp.up_proj", ["layers.02.mlp.up_proj"] },
        { "an unknown module", "layers.0.mlp.gate_proj", "layers.0.mlp.c_fc", ["layers.0.mlp.c_fc", "no linear module"] },
        { "no module at all", "model.model.layers.0.mlp.gate_proj.lora_A", "model.lora_A", ["model.lora_A", "no linear module"] },
        { "an embedding", "layers.0.mlp.gate_proj.lora_A.weight", "embed_tokens.lora_embedding_A", ["lora_embedding_A", "embedding"] },
        { "DoRA", "layers.0.mlp.gate_proj.lora_A.weight", "layers.0.mlp.gate_proj.lora_magnitude_vector", ["magnitude", "DoRA"] },
        { "whole weights", "layers.0.mlp.gate_proj.lora_A.weight", "layers.0.mlp.gate_proj.weight", ["mlp.gate_proj.weight", "lora_A"] },
        { "a name of another kind", "base_model.model.model.layers.0.mlp.gate", "layers.0.mlp.gate", ["base_model.model."] },
    };

    [Theory]
    [MemberData(nameof(RefusedTensors))]
    public void Tensors_are_refused_by_name_for(string name, string from, string to, string[] parts)
    {
        using var folder = new AdapterFolder(Awkward, seed: 1);
        folder.Weights = Rename(folder, tensor =>
        {
            if (!tensor.Contains(from, StringComparison.Ordinal)) return tensor;
            return to.Length == 0 ? null : tensor.Replace(from, to, StringComparison.Ordinal);
        });
        folder.Write();
        AssertRefused(name, folder, parts);
    }

    [Fact]
    public void A_factor_of_another_shape_is_refused_with_both_shapes()
    {
        using var folder = new AdapterFolder(Awkward, seed: 1, ranks: module => module == "mlp.down_proj" ? 5 : 4);
        AssertRefused("another rank", folder, ["layers.0.mlp.down_proj.lora_A.weight", "[5, 52]", "[4, 52]", "rank 4"]);
        using var other = new AdapterFolder(Awkward with { HiddenSize = 40 }, seed: 1);
        AssertRefused("another model", other, ["layers.0.self_attn.q_proj.lora_A.weight", "[4, 40]", "[4, 36]"]);
    }

    [Fact]
    public void Modules_the_configuration_does_not_name_are_refused()
    {
        using var folder = new AdapterFolder(Awkward, seed: 1, change: config => Merge(config, """{"target_modules":["q_proj"]}"""));
        AssertRefused("left over", folder, ["layers.0.self_attn.k_proj.lora_A.weight", "does not name"]);
    }

    [Theory]
    [InlineData("names from the root on", """{"target_modules":["model.layers.0.self_attn.q_proj","model.layers.2.mlp.up_proj"]}""", 2)]
    [InlineData("an expression", """{"target_modules":".*layers\\.[01]\\.self_attn\\.(q|v)_proj"}""", 4)]
    [InlineData("an expression with a look-ahead", """{"target_modules":"^(?!.*mlp).*[kv]_proj$"}""", 6)]
    [InlineData("some layers", """{"target_modules":["o_proj"],"layers_to_transform":[0,2],"layers_pattern":"layers"}""", 2)]
    [InlineData("one layer", """{"target_modules":["o_proj"],"layers_to_transform":1}""", 1)]
    [InlineData("all but some", """{"target_modules":"all-linear","exclude_modules":["q_proj","mlp.up_proj"]}""", 15)]
    public void Targets_may_be_given_as(string name, string settings, int modules)
    {
        using var folder = new AdapterFolder(Awkward, seed: 1, change: config => Merge(config, settings));
        AdapterConfig config = AdapterConfig.Load(Path.Combine(folder.Path, AdapterFolder.ConfigFile));
        folder.Weights = Rename(folder, tensor => IsWanted(tensor) ? tensor : null);
        folder.Write();
        using var stored = StoredAdapter.Open(folder.Path, Awkward);
        Assert.True(modules == stored.Layers.Sum(layer => layer.Count), name);

        bool IsWanted(string tensor) => Enumerable.Range(0, Awkward.LayerCount).Any(layer => BaseModule.Of(Awkward).Any(module =>
            tensor.Contains(AdapterConfig.NameOf(layer, module) + ".", StringComparison.Ordinal) && config.Adapts(layer, module)));
    }

    [Fact]
    public void What_is_missing_is_named()
    {
        using var folder = new AdapterFolder(Awkward, seed: 1);
        File.Delete(Path.Combine(folder.Path, AdapterFolder.WeightsFile));
        AssertRefused("no weights", folder, [AdapterFolder.WeightsFile]);
        File.WriteAllText(Path.Combine(folder.Path, "adapter_model.bin"), "pickled");
        AssertRefused("pickled weights", folder, ["adapter_model.bin", "pickled"]);
        File.Delete(Path.Combine(folder.Path, AdapterFolder.ConfigFile));
        AssertRefused("no configuration", folder, [AdapterFolder.ConfigFile]);
        using var empty = new AdapterFolder(Awkward, seed: 1, targets: []);
        empty.Config = empty.Config.Replace("\"target_modules\":[]", "\"target_modules\":\"nothing\"", StringComparison.Ordinal);
        empty.Write();
        AssertRefused("nothing at all", empty, ["changes no module"]);
    }

    [Fact]
    public void Factors_keep_their_precision_in_memory_and_half_precision_is_widened()
    {
        using AdapterFolder single = new(Awkward, 1), half = new(Awkward, 1, dataType: "F16"), brain = new(Awkward, 1, dataType: "BF16");
        using LoraAdapter a = single.Load(Awkward), b = half.Load(Awkward), c = brain.Load(Awkward);
        Assert.Equal(a.ByteLength, b.ByteLength);
        Assert.InRange((double)c.ByteLength / a.ByteLength, 0.5, 0.55);
        // Panels of 32 outputs are filled up, and what starts a cache line as well.
        long numbers = BaseModule.Of(Awkward).Sum(module => 4L * (module.Inputs + module.Outputs)) * Awkward.LayerCount;
        Assert.InRange(a.ByteLength, numbers * sizeof(float), numbers * sizeof(float) * 2);
        Assert.True(a.ByteLength <= BaseModule.AdapterBytes(Awkward, rank: 4), "The largest adapter is larger than its estimate.");
    }

    [Fact]
    public void Adapters_are_the_same_when_all_that_they_compute_is_the_same()
    {
        using AdapterFolder folder = new(Awkward, 1), same = new(Awkward, 1), other = new(Awkward, 2);
        using AdapterFolder stronger = new(Awkward, 1, change: config => config["lora_alpha"] = 9);
        using AdapterFolder renamed = new(Awkward, 1, change: config => config["base_model_name_or_path"] = "elsewhere");
        using LoraAdapter a = folder.Load(Awkward), b = same.Load(Awkward, "b"), c = other.Load(Awkward), d = stronger.Load(Awkward);
        using LoraAdapter e = renamed.Load(Awkward);
        Assert.Equal(a.Identity, b.Identity);
        Assert.Equal(a.Identity, e.Identity);
        Assert.NotEqual(a.Identity, c.Identity);
        Assert.NotEqual(a.Identity, d.Identity);
    }

    [Fact]
    public void Damaged_files_are_errors_and_nothing_else()
    {
        Random random = FuzzRounds.Random(91);
        const string Settings = """
            {"rank_pattern":{"q_proj":2},"alpha_pattern":{".*up_proj":3.5},"layers_to_transform":[0,1,2],"exclude_modules":"x.*"}
            """;
        using var folder = new AdapterFolder(
            Awkward, seed: 1, rank: 2, targets: ["q_proj", "up_proj"], change: config => Merge(config, Settings));
        string config = folder.Config;
        byte[] weights = folder.Weights;
        const string Pieces = "{ } [ ] \" : , null true -1 1e9 0.5 (a* )+ r lora_alpha ^ $ | \\";
        int refused = 0;
        for (int round = FuzzRounds.Of(3000); round > 0; round--)
        {
            bool damagesConfig = random.Next(2) == 0;
            folder.Config = damagesConfig ? Mutation.Of(config, random, Pieces) : config;
            folder.Weights = damagesConfig ? weights : Mutation.Of(weights, random);
            folder.Write();
            try
            {
                folder.Load(Awkward).Dispose();
            }
            catch (ModelFormatException exception)
            {
                Assert.NotEmpty(exception.File);
                refused++;
            }
        }

        Assert.True(refused > 0, "No damage was noticed.");
    }

    private static void AssertRefused(string name, AdapterFolder folder, string[] parts)
    {
        string message = Assert.Throws<ModelFormatException>(() => StoredAdapter.Open(folder.Path, Awkward)).Message;
        foreach (string part in parts)
        {
            Assert.True(message.Contains(part, StringComparison.Ordinal), $"{name}: '{part}' is not in: {message}");
        }
    }

    private static void Merge(JsonObject config, string settings)
    {
        foreach ((string key, JsonNode? value) in JsonNode.Parse(settings)!.AsObject()) config[key] = value?.DeepClone();
    }

    /// <summary>The folder's tensors under other names, without those whose name becomes null.</summary>
    private static byte[] Rename(AdapterFolder folder, Func<string, string?> rename)
    {
        var builder = new SafetensorsBuilder();
        using var set = SafetensorsSet.OpenFile(Path.Combine(folder.Path, AdapterFolder.WeightsFile));
        foreach (ModelTensor tensor in set.Tensors)
        {
            if (rename(tensor.Name) is { } name) builder.Add(name, tensor.Type.ToString(), [.. tensor.Shape], tensor.Bytes);
        }

        return builder.Build();
    }
}
