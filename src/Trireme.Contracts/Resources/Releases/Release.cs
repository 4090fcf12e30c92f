using System.ComponentModel.DataAnnotations;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>
/// Everything that decides how a model answers, pinned together: weights, tokenizer, chat template, generation defaults and
/// engine arguments. A release never changes; a service moves from one release to another.
/// </summary>
public sealed record Release : IResourceWithStatus<ReleaseStatus>, IHasTypeMeta, IValidatable
{
    public static string TypeApiVersion => TriremeApi.Version;

    public static string TypeKind => "Release";

    public string ApiVersion { get; init; } = TypeApiVersion;

    public string Kind { get; init; } = TypeKind;

    public required ObjectMeta Metadata { get; init; }

    public required ReleaseSpec Spec { get; init; }

    public ReleaseStatus? Status { get; init; }

    public void Validate(FieldErrors errors)
    {
        if (Spec.Source.Path.Split('/').Contains(".."))
        {
            errors.Invalid("spec.source.path", "must not climb with \"..\"; write an absolute path or one below a model folder");
        }

        Spec.Engine.Validate(errors);
        for (int i = 0; i < (Spec.Artifacts?.Count ?? 0); i++)
        {
            string file = Spec.Artifacts![i].File;
            if (Path.IsPathRooted(file) || file.Split('/').Contains(".."))
            {
                errors.Invalid($"spec.artifacts[{i}].file", "must be a file inside spec.source.path");
            }
        }
    }
}

/// <summary>What the release pins.</summary>
public sealed record ReleaseSpec
{
    /// <summary>Where the model's files are.</summary>
    public required ModelSource Source { get; init; }

    /// <summary>
    /// Files with the digests they must have. A file that differs makes the release unusable, with a condition that names
    /// it.
    /// </summary>
    [ListMap("file")]
    [MaxLength(256)]
    public IReadOnlyList<ArtifactPin>? Artifacts { get; init; }

    public EngineSpec Engine { get; init; } = new();

    /// <summary>One line for people: what is new in this release.</summary>
    [MaxLength(500)]
    public string? Description { get; init; }
}

/// <summary>A model in Hugging Face layout.</summary>
public sealed record ModelSource
{
    /// <summary>
    /// Folder: absolute, or relative to one of the platform's model folders (its data folder and the samples that ship with
    /// it).
    /// </summary>
    public required string Path { get; init; }
}

/// <summary>A file of the model and the digest it must have.</summary>
public sealed record ArtifactPin
{
    /// <summary>File name inside the source folder, such as model.safetensors.</summary>
    public required string File { get; init; }

    /// <summary>SHA-256 of the content: "sha256:" and 64 hexadecimal digits.</summary>
    [RegularExpression("^sha256:[0-9a-f]{64}$")]
    public required string Digest { get; init; }
}

/// <summary>The engine that runs the model and how it is started.</summary>
public sealed record EngineSpec
{
    public const string Trireme = "trireme";
    public const string Onnx = "onnx";

    /// <summary>Which engine: "trireme" is the embedded CPU engine for language models, "onnx" is ONNX Runtime for model.onnx.</summary>
    [AllowedValues(Trireme, Onnx)]
    public string Name { get; init; } = Trireme;

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
    public Serialization.ByteSize? KvCacheMemory { get; init; }

    /// <summary>Refuses what the engine has no use for.</summary>
    internal void Validate(FieldErrors errors)
    {
        if (Name != Onnx) return;
        Refuse(ContextLength is not null, "contextLength");
        Refuse(MaxSequences is not null, "maxSequences");
        Refuse(MaxBatchedTokens is not null, "maxBatchedTokens");
        Refuse(KvCacheMemory is not null, "kvCacheMemory");

        void Refuse(bool isSet, string field)
        {
            if (isSet) errors.Invalid($"spec.engine.{field}", "is for language models and has no meaning for the engine onnx; remove it");
        }
    }
}

/// <summary>What the platform found out about the release.</summary>
public sealed record ReleaseStatus
{
    [ListMap("type")]
    public IReadOnlyList<Condition>? Conditions { get; init; }

    public long? ObservedGeneration { get; init; }

    /// <summary>SHA-256 over the spec and the digests of all files: the identity that responses, metrics and traces carry.</summary>
    public string? ContentHash { get; init; }

    /// <summary>First 12 hexadecimal digits of the content hash.</summary>
    public string? ShortHash { get; init; }

    /// <summary>Absolute folder that was verified.</summary>
    public string? ResolvedPath { get; init; }

    /// <summary>Digests found on disk.</summary>
    [ListMap("file")]
    public IReadOnlyList<ArtifactPin>? Artifacts { get; init; }

    /// <summary>Size of all files in bytes.</summary>
    public long? SizeBytes { get; init; }
}

/// <summary>Conditions of a Release.</summary>
public static class ReleaseConditions
{
    /// <summary>True when every file is there with the pinned digest.</summary>
    public const string Verified = "Verified";
}
