using System.Text.Json;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Tests;

public sealed class ReleaseValidationTests
{
    private const string Digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

    /// <summary>What a user got wrong, and what the error must say.</summary>
    public static TheoryData<string, string, string> Mistakes => new()
    {
        { "a relative path climbs", "source: {path: ../secrets}", "spec.source.path: must not climb with \"..\"" },
        { "an absolute path climbs", "source: {path: /models/../etc}", "spec.source.path: must not climb with \"..\"" },
        {
            "a pin is outside the folder",
            $"source: {{path: m}}, artifacts: [{{file: /etc/passwd, digest: '{Digest}'}}]",
            "spec.artifacts[0].file: must be a file inside spec.source.path"
        },
        {
            "a pin is not the GGUF file",
            $"source: {{path: m/a.gguf}}, artifacts: [{{file: b.gguf, digest: '{Digest}'}}]",
            "spec.artifacts[0].file: must be \"a.gguf\", the file that spec.source.path names"
        },
        { "an engine is unknown", "source: {path: m}, engine: {name: vllm}", "spec.engine.name: \"vllm\" is not supported" },
        {
            "ONNX Runtime is to read a GGUF file",
            "source: {path: m.GGUF}, engine: {name: onnx}",
            "spec.engine.name: onnx cannot read the GGUF file that spec.source.path names; use the engine trireme"
        },
        {
            "a precision is unknown",
            "source: {path: m}, engine: {weights: int5}",
            "spec.engine.weights: \"int5\" is not supported; did you mean \"int8\"? supported values: as-stored, bf16, int8, int4, f32"
        },
        {
            "a precision of keys and values is unknown",
            "source: {path: m}, engine: {kvCacheType: fp8}",
            "spec.engine.kvCacheType: \"fp8\" is not supported"
        },
        { "no method", "source: {path: m}, engine: {speculation: {}}", "spec.engine.speculation.method: must be set" },
        {
            "a method is unknown",
            "source: {path: m}, engine: {speculation: {method: medusa}}",
            "spec.engine.speculation.method: \"medusa\" is not supported"
        },
        {
            "no draft model",
            "source: {path: m}, engine: {speculation: {method: draft}}",
            "spec.engine.speculation.draftModel: must name the smaller model that is asked"
        },
        {
            "a draft model nobody asks",
            "source: {path: m}, engine: {speculation: {method: ngram, draftModel: d}}",
            "spec.engine.speculation.draftModel: is only for the method draft; remove it"
        },
        {
            "the draft model's path climbs",
            "source: {path: m}, engine: {speculation: {method: draft, draftModel: ../d}}",
            "spec.engine.speculation.draftModel: must not climb with \"..\""
        },
        {
            "drafts are too long",
            "source: {path: m}, engine: {speculation: {method: ngram, tokens: 17}}",
            "spec.engine.speculation.tokens: 17 is too large; must be at most 16"
        },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_named_where_it_is(string sentence, string spec, string expected)
    {
        IReadOnlyList<FieldError> errors = Validate(spec, out _);
        Assert.True(
            errors.Count == 1 && errors[0].ToString().StartsWith(expected, StringComparison.Ordinal),
            $"{sentence}: {string.Join("; ", errors)}");
    }

    [Fact]
    public void A_release_for_onnx_names_nothing_of_language_models()
    {
        const string Engine = "{name: onnx, weights: int8, kvCacheType: int8, contextLength: 64, maxSequences: 2, maxBatchedTokens: 64, "
            + "kvCacheMemory: 1Mi, speculation: {method: ngram}}";
        string[] refused =
            ["weights", "kvCacheType", "contextLength", "maxSequences", "maxBatchedTokens", "kvCacheMemory", "speculation"];
        Assert.Equal(
            refused.Select(field => "spec.engine." + field),
            Validate($"source: {{path: m}}, engine: {Engine}", out _).Select(error => error.Field));
        Assert.Empty(Validate("source: {path: m}, engine: {name: onnx}", out _));
    }

    [Fact]
    public void A_release_says_how_the_engine_holds_a_file()
    {
        const string Spec = $"source: {{path: m/a.gguf}}, artifacts: [{{file: a.gguf, digest: '{Digest}'}}], "
            + "engine: {weights: as-stored, kvCacheType: int8, speculation: {method: draft, draftModel: m/d.gguf, tokens: 3}}";
        Assert.Empty(Validate(Spec, out IResource? resource));
        EngineSpec engine = Assert.IsType<Release>(resource).Spec.Engine;
        Assert.Equal(("as-stored", "int8"), (engine.Weights, engine.KvCacheType));
        Assert.Equal(new SpeculationSpec { Method = SpeculationSpec.Draft, DraftModel = "m/d.gguf", Tokens = 3 }, engine.Speculation);
    }

    private static IReadOnlyList<FieldError> Validate(string spec, out IResource? resource)
    {
        string yaml = $"apiVersion: trireme.dev/v1alpha1\nkind: Release\nmetadata: {{name: r}}\nspec: {{{spec}}}";
        JsonElement json = JsonSerializer.SerializeToElement(YamlJson.Parse(yaml).Single(), ResourceJson.Options);
        return ResourceValidator.Validate(ResourceCatalog.Releases, json, out resource);
    }
}
