using System.ComponentModel.DataAnnotations;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>The engine that runs the model and how it is started.</summary>
public sealed record EngineSpec
{
    public const string Trireme = "trireme";
    public const string Onnx = "onnx";

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
    /// Speculative decoding: steps check drafts of an answer's next tokens while that is measured to pay. Answers stay the same to the
    /// bit. Absent, nothing is drafted.
    /// </summary>
    public SpeculationSpec? Speculation { get; init; }

    /// <summary>Refuses what the engine has no use for.</summary>
    internal void Validate(FieldErrors errors, ModelSource source)
    {
        Speculation?.Validate(errors);
        if (Name != Onnx) return;
        if (CannotRead(source) is { } problem) errors.Invalid("spec.engine.name", problem);
        Refuse(Weights is not null, "weights");
        Refuse(KvCacheType is not null, "kvCacheType");
        Refuse(ContextLength is not null, "contextLength");
        Refuse(MaxSequences is not null, "maxSequences");
        Refuse(MaxBatchedTokens is not null, "maxBatchedTokens");
        Refuse(KvCacheMemory is not null, "kvCacheMemory");
        Refuse(Speculation is not null, "speculation");

        void Refuse(bool isSet, string field)
        {
            if (isSet) errors.Invalid($"spec.engine.{field}", "is for language models and has no meaning for the engine onnx; remove it");
        }
    }

    /// <summary>Why the engine cannot read a model of this kind, and what to do; null if it can.</summary>
    public string? CannotRead(ModelSource source) => Name == Onnx && source.IsFile
        ? "onnx cannot read the GGUF file that spec.source.path names; use the engine trireme, or name a folder with model.onnx"
        : null;
}

/// <summary>Where drafts of an answer's next tokens come from, and how long they are.</summary>
public sealed record SpeculationSpec
{
    public const string Ngram = "ngram";
    public const string Draft = "draft";

    /// <summary>
    /// "ngram" drafts what followed where the last tokens occurred before in the same text; "draft" asks a smaller model.
    /// </summary>
    [AllowedValues(Ngram, Draft)]
    public required string Method { get; init; }

    /// <summary>
    /// The smaller model of the method draft, with the same tokenizer: a folder or a .gguf file, found as spec.source.path is. Its
    /// weights, keys and values come out of the service's memory, and its files are part of the release.
    /// </summary>
    public string? DraftModel { get; init; }

    /// <summary>Most drafted tokens per answer and step; 4 when absent.</summary>
    [Range(1, 16)]
    public int? Tokens { get; init; }

    internal void Validate(FieldErrors errors)
    {
        const string Field = "spec.engine.speculation.draftModel";
        if (DraftModel is { } model) ModelSource.RefuseClimbing(Field, model, errors);
        if (Method == Draft && string.IsNullOrEmpty(DraftModel)) errors.Required(Field, "must name the smaller model that is asked");
        if (Method != Draft && DraftModel is not null) errors.Invalid(Field, $"is only for the method {Draft}; remove it");
    }
}
