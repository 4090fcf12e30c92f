using System.ComponentModel.DataAnnotations;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>The engine that runs the model and how it is started.</summary>
public sealed record EngineSpec
{
    public const string Trireme = "trireme";
    public const string Onnx = "onnx";

    /// <summary>A request never waits longer than this for others to be computed with.</summary>
    private static readonly Duration BatchWindowMax = Duration.FromSeconds(10);

    /// <summary>Which engine: "trireme" is the embedded CPU engine for language models, "onnx" is ONNX Runtime for model.onnx.</summary>
    [AllowedValues(Trireme, Onnx)]
    public string Name { get; init; } = Trireme;

    /// <summary>
    /// Precision of the weights in memory. "as-stored", the default, keeps the file's. "bf16", "int8" and "int4" take less memory and time
    /// per token where the file has more bits, and lose what the bits held. "f32" is what the file holds in four bytes per weight, for
    /// comparisons.
    /// </summary>
    [AllowedValues("as-stored", "bf16", "int8", "int4", "f32")]
    public string? Weights { get; init; }

    /// <summary>Precision of keys and values: "float32", the default, or "int8", which takes about a quarter of the memory.</summary>
    [AllowedValues("float32", "int8")]
    public string? KvCacheType { get; init; }

    /// <summary>Longest prompt plus answer in tokens; the model's own limit when absent.</summary>
    [Range(16, 1_048_576)]
    public int? ContextLength { get; init; }

    /// <summary>Most requests in one batch.</summary>
    [Range(1, 1024)]
    public int? MaxSequences { get; init; }

    /// <summary>Most tokens computed in one engine step.</summary>
    [Range(16, 65_536)]
    public int? MaxBatchedTokens { get; init; }

    /// <summary>Memory for the key-value cache.</summary>
    public ByteSize? KvCacheMemory { get; init; }

    /// <summary>
    /// Longest wanted time between two tokens of an answer while prompts are computed beside it; 50ms when absent, 0s for no target.
    /// </summary>
    public Duration? InterTokenTarget { get; init; }

    /// <summary>
    /// Speculative decoding: steps check drafts of an answer's next tokens while that is measured to pay. Answers stay the same to the
    /// bit. Absent, nothing is drafted.
    /// </summary>
    public SpeculationSpec? Speculation { get; init; }

    /// <summary>Takes a chat template from requests that bring one, in place of the release's.</summary>
    public bool? TrustRequestChatTemplate { get; init; }

    /// <summary>How the model writes calls of functions; "auto", the default, asks its chat template.</summary>
    [AllowedValues("auto", "none", "hermes", "llama3", "mistral", "phi")]
    public string? ToolCallParser { get; init; }

    /// <summary>Which tokens' states make a text's vector; "auto", the default, follows the model's files.</summary>
    [AllowedValues("auto", "mean", "last", "cls")]
    public string? Pooling { get; init; }

    /// <summary>What the adapters of spec.adapters may take; only beside them.</summary>
    public LoraSpec? Lora { get; init; }

    /// <summary>
    /// Serves GET /kv_events to a router, which learns there which prompts' blocks a replica has. The events show the tokens of all
    /// prompts to whoever reaches the replica.
    /// </summary>
    public bool? KvEvents { get; init; }

    /// <summary>Most rows of requests that are computed as one; 32 when absent, 1 computes each request by itself.</summary>
    [Range(1, 65_536)]
    public int? MaxBatchSize { get; init; }

    /// <summary>How long a request waits for others to be computed with, at most 10s; 1ms when absent, 0s for not at all.</summary>
    public Duration? BatchWindow { get; init; }

    /// <summary>Refuses what does not go together.</summary>
    internal void Validate(FieldErrors errors, int adapters)
    {
        Speculation?.Validate(errors);
        Lora?.Validate(errors, adapters);
        if (BatchWindow is { } window && window > BatchWindowMax)
        {
            errors.Invalid("spec.engine.batchWindow", $"{window} is too long; must be at most {BatchWindowMax}");
        }
    }
}
