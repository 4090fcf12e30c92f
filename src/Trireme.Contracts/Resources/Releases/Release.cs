using System.ComponentModel.DataAnnotations;
using Trireme.Contracts.Engines;
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
        EngineCatalog.Validate(Spec, errors);
        Spec.Engine.Validate(errors, Spec.Adapters?.Count ?? 0);
        Spec.ChatTemplate?.Validate(errors);
        ArtifactPin.Validate(Spec.Artifacts, "spec", PinProblem, errors);
        for (int i = 0; i < (Spec.Adapters?.Count ?? 0); i++) Spec.Adapters![i].Validate(errors, $"spec.adapters[{i}]");
        if (Spec.PullSecret is null || EngineFiles.Of(Spec).Locations().Any(ArtifactAddress.IsAddress)) return;
        errors.Invalid("spec.pullSecret", "has no meaning for files of this machine; remove it, or name an address in spec.source.path");
    }

    private string? PinProblem(string file)
    {
        if (!Spec.Source.IsFile) return ArtifactPin.OutsideProblem(file, "spec.source.path");
        IReadOnlyList<string> parts = [.. GgufParts.Of(Spec.Source.Path).Select(part => Path.GetFileName(part))];
        if (parts.Contains(file)) return null;
        string only = Path.GetFileName(Spec.Source.Path);
        return parts.Count == 1
            ? $"must be \"{only}\", the file that spec.source.path names"
            : $"must be \"{parts[0]}\" or another part of the model that spec.source.path names";
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

    /// <summary>A chat template in place of the model's own.</summary>
    public ChatTemplateSpec? ChatTemplate { get; init; }

    /// <summary>
    /// LoRA adapters that every replica loads at its start: folders in PEFT's layout with the names requests call them by. Their files
    /// are part of the release.
    /// </summary>
    [ListMap("name")]
    [MaxLength(64)]
    public IReadOnlyList<AdapterSpec>? Adapters { get; init; }

    /// <summary>
    /// Secret of the release's namespace for whoever is asked for its files: "token" for hf:// and https://; "accessKeyId",
    /// "secretAccessKey" and "sessionToken" for s3://. Not part of the content hash.
    /// </summary>
    [MaxLength(253)]
    public string? PullSecret { get; init; }

    /// <summary>One line for people: what is new in this release. Not part of the content hash.</summary>
    [MaxLength(500)]
    public string? Description { get; init; }
}

/// <summary>A model in Hugging Face layout, or one GGUF file.</summary>
public sealed record ModelSource
{
    /// <summary>
    /// Folder, or a file whose name ends in .gguf: absolute, or relative to one of the platform's model folders (its data folder and
    /// the samples that ship with it). Or the address of one, which is fetched: hf://OWNER/MODEL@REVISION, s3://BUCKET/PREFIX, or
    /// https:// for a single .gguf file.
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

    internal static void Validate(string field, string path, FieldErrors errors)
    {
        ArtifactAddress.Validate(field, path, errors);
        if (NamesFile(path) || !ArtifactAddress.TryParse(path, out ArtifactAddress? address)) return;
        if (address.Scheme != ArtifactSchemes.Https) return;
        errors.Invalid(field, "is a web server's and must name a .gguf file, because such a server lists no folders; use hf:// or s3://");
    }

    internal void Validate(FieldErrors errors) => Validate("spec.source.path", Path, errors);
}
