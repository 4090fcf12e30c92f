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
        {
            "a pin of no part",
            $"source: {{path: m/a-00002-of-00003.gguf}}, artifacts: [{{file: a-00004-of-00003.gguf, digest: '{Digest}'}}]",
            "spec.artifacts[0].file: must be \"a-00001-of-00003.gguf\" or another part of the model that spec.source.path names"
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
        {
            "a lookup for a draft model",
            "source: {path: m}, engine: {speculation: {method: draft, draftModel: d, lookupMax: 4}}",
            "spec.engine.speculation.lookupMax: is only for the method ngram; remove it"
        },
        {
            "a lookup's bounds cross",
            "source: {path: m}, engine: {speculation: {method: ngram, lookupMin: 4, lookupMax: 3}}",
            "spec.engine.speculation.lookupMax: is 3; must be at least lookupMin, 4"
        },
        {
            "a lookup's lower bound crosses the upper one's default",
            "source: {path: m}, engine: {speculation: {method: ngram, lookupMin: 6}}",
            "spec.engine.speculation.lookupMax: is 5 when absent; must be at least lookupMin, 6"
        },
        {
            "a notation of calls is unknown",
            "source: {path: m}, engine: {toolCallParser: llama4}",
            "spec.engine.toolCallParser: \"llama4\" is not supported; did you mean \"llama3\"?"
        },
        {
            "a target without a unit",
            "source: {path: m}, engine: {interTokenTarget: '50'}",
            "spec.engine.interTokenTarget: \"50\" is not a duration"
        },
        {
            "an ONNX option for a language model",
            "source: {path: m}, engine: {maxBatchSize: 4}",
            "spec.engine.maxBatchSize: is for ONNX models and has no meaning for the engine trireme; remove it"
        },
        {
            "a window nobody waits for",
            "source: {path: m}, engine: {name: onnx, batchWindow: 11s}",
            "spec.engine.batchWindow: 11s is too long; must be at most 10s"
        },
        {
            "adapters of a model that takes none",
            "source: {path: m}, engine: {name: onnx}, adapters: [{name: a, source: {path: a}}]",
            "spec.adapters: is for language models and has no meaning for the engine onnx; remove it"
        },
        {
            "a template of a model without chats",
            "source: {path: m}, engine: {name: onnx}, chatTemplate: {path: t.jinja}",
            "spec.chatTemplate: is for language models and has no meaning for the engine onnx; remove it"
        },
        {
            "two adapters of a name",
            "source: {path: m}, adapters: [{name: a, source: {path: a}}, {name: a, source: {path: b}}]",
            "spec.adapters[1]: \"a\" is there already"
        },
        {
            "an adapter's name would split the argument",
            "source: {path: m}, adapters: [{name: a=b, source: {path: a}}]",
            "spec.adapters[0].name: \"a=b\" does not match "
        },
        {
            "an adapter's path climbs",
            "source: {path: m}, adapters: [{name: a, source: {path: ../a}}]",
            "spec.adapters[0].source.path: must not climb with \"..\""
        },
        {
            "an adapter's pin is outside its folder",
            $"source: {{path: m}}, adapters: [{{name: a, source: {{path: a}}, artifacts: [{{file: ../b, digest: '{Digest}'}}]}}]",
            "spec.adapters[0].artifacts[0].file: must be a file inside spec.adapters[0].source.path"
        },
        {
            "memory for adapters there are none of",
            "source: {path: m}, engine: {lora: {maxRank: 8}}",
            "spec.engine.lora: has no meaning without spec.adapters; name the adapters there, or remove it"
        },
        {
            "fewer adapters than are named",
            "source: {path: m}, engine: {lora: {maxAdapters: 1}}, adapters: [{name: a, source: {path: a}}, {name: b, source: {path: b}}]",
            "spec.engine.lora.maxAdapters: 1 is too small; spec.adapters names 2, which are all loaded at the start: raise or remove it"
        },
        {
            "no memory for adapters",
            "source: {path: m}, engine: {lora: {memory: 0}}, adapters: [{name: a, source: {path: a}}]",
            "spec.engine.lora.memory: 0 is too small"
        },
        {
            "a template's path climbs",
            "source: {path: m}, chatTemplate: {path: ../t.jinja}",
            "spec.chatTemplate.path: must not climb with \"..\""
        },
        {
            "a template's digest is none",
            "source: {path: m}, chatTemplate: {path: t.jinja, digest: latest}",
            "spec.chatTemplate.digest: \"latest\" does not match "
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
            + "kvCacheMemory: 1Mi, interTokenTarget: 0s, speculation: {method: ngram, tokens: 2}, toolCallParser: auto, pooling: mean, "
            + "kvEvents: false}";
        string[] refused =
        [
            "weights", "kvCacheType", "contextLength", "maxSequences", "maxBatchedTokens", "kvCacheMemory", "interTokenTarget",
            "speculation", "toolCallParser", "pooling", "kvEvents",
        ];
        Assert.Equal(
            refused.Select(field => "spec.engine." + field),
            Validate($"source: {{path: m}}, engine: {Engine}", out _).Select(error => error.Field));
        Assert.Empty(Validate("source: {path: m}, engine: {name: onnx, maxBatchSize: 8, batchWindow: 10s}", out _));
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

    [Fact]
    public void A_release_names_adapters_and_a_template()
    {
        const string Spec = "source: {path: m}, engine: {lora: {maxAdapters: 2, maxRank: 8, memory: 4Mi}}, "
            + "adapters: [{name: a, source: {path: adapters/a}}, {name: B.1_c-d, source: {path: /b.gguf}, "
            + $"artifacts: [{{file: adapter_config.json, digest: '{Digest}'}}]}}], chatTemplate: {{path: t.jinja, digest: '{Digest}'}}";
        Assert.Empty(Validate(Spec, out IResource? resource));
        ReleaseSpec spec = Assert.IsType<Release>(resource).Spec;
        Assert.Equal([("a", "adapters/a"), ("B.1_c-d", "/b.gguf")], spec.Adapters!.Select(one => (one.Name, one.Source.Path)));
        Assert.Equal(("t.jinja", Digest), (spec.ChatTemplate!.Path, spec.ChatTemplate.Digest));
    }

    private static IReadOnlyList<FieldError> Validate(string spec, out IResource? resource)
    {
        string yaml = $"apiVersion: trireme.dev/v1alpha1\nkind: Release\nmetadata: {{name: r}}\nspec: {{{spec}}}";
        JsonElement json = JsonSerializer.SerializeToElement(YamlJson.Parse(yaml).Single(), ResourceJson.Options);
        return ResourceValidator.Validate(ResourceCatalog.Releases, json, out resource);
    }
}
