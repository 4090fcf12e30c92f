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
        Spec.Source.Validate(errors);
        Spec.Engine.Validate(errors, Spec.Source);
        for (int i = 0; i < (Spec.Artifacts?.Count ?? 0); i++)
        {
            if (PinProblem(Spec.Artifacts![i].File) is { } problem) errors.Invalid($"spec.artifacts[{i}].file", problem);
        }
    }

    private string? PinProblem(string file)
    {
        if (Spec.Source.IsFile)
        {
            string only = Path.GetFileName(Spec.Source.Path);
            return file == only ? null : $"must be \"{only}\", the file that spec.source.path names";
        }

        return Path.IsPathRooted(file) || ModelSource.Climbs(file) ? "must be a file inside spec.source.path" : null;
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

    /// <summary>The engine that runs the model and how it is started.</summary>
    public EngineSpec Engine { get; init; } = new();

    /// <summary>One line for people: what is new in this release.</summary>
    [MaxLength(500)]
    public string? Description { get; init; }
}

/// <summary>A model in Hugging Face layout, or one GGUF file.</summary>
public sealed record ModelSource
{
    /// <summary>
    /// Folder, or a file whose name ends in .gguf: absolute, or relative to one of the platform's model folders (its data folder and
    /// the samples that ship with it).
    /// </summary>
    public required string Path { get; init; }

    /// <summary>True for a GGUF file, false for a folder; the name alone decides.</summary>
    internal bool IsFile => NamesFile(Path);

    public static bool NamesFile(string path) => path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase);

    internal static bool Climbs(string path) => path.Split('/').Contains("..");

    internal static void RefuseClimbing(string field, string path, FieldErrors errors)
    {
        if (Climbs(path)) errors.Invalid(field, "must not climb with \"..\"; write an absolute path or one below a model folder");
    }

    internal void Validate(FieldErrors errors) => RefuseClimbing("spec.source.path", Path, errors);
}

/// <summary>A file of the model and the digest it must have.</summary>
public sealed record ArtifactPin
{
    /// <summary>File name inside the source folder, such as model.safetensors; of a GGUF file its own name.</summary>
    public required string File { get; init; }

    /// <summary>SHA-256 of the content: "sha256:" and 64 hexadecimal digits.</summary>
    [RegularExpression("^sha256:[0-9a-f]{64}$")]
    public required string Digest { get; init; }
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

    /// <summary>Absolute folder or file that was verified.</summary>
    public string? ResolvedPath { get; init; }

    /// <summary>Digests found on disk.</summary>
    [ListMap("file")]
    public IReadOnlyList<ArtifactPin>? Artifacts { get; init; }

    /// <summary>Size of all files in bytes.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>The model that drafts, of a release that names one.</summary>
    public DraftModelStatus? DraftModel { get; init; }
}

/// <summary>What was found out about a release's draft model.</summary>
public sealed record DraftModelStatus
{
    /// <summary>Absolute folder or file that was verified.</summary>
    public required string ResolvedPath { get; init; }

    /// <summary>Digests found on disk; part of the release's content hash.</summary>
    [ListMap("file")]
    public required IReadOnlyList<ArtifactPin> Artifacts { get; init; }

    /// <summary>Size of all files in bytes.</summary>
    public required long SizeBytes { get; init; }
}

/// <summary>Conditions of a Release.</summary>
public static class ReleaseConditions
{
    /// <summary>True when every file is there with the pinned digest.</summary>
    public const string Verified = "Verified";
}
