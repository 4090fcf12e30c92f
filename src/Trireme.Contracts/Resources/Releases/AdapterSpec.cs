using System.ComponentModel.DataAnnotations;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>A LoRA adapter of a release: every replica loads it at its start.</summary>
public sealed record AdapterSpec
{
    /// <summary>Name that requests call it by, as their model; another one than the service's.</summary>
    [RegularExpression("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
    public required string Name { get; init; }

    /// <summary>Where its files are.</summary>
    public required AdapterSource Source { get; init; }

    /// <summary>Files with the digests they must have, as spec.artifacts says of the model's.</summary>
    [ListMap("file")]
    [MaxLength(256)]
    public IReadOnlyList<ArtifactPin>? Artifacts { get; init; }

    internal void Validate(FieldErrors errors, string field)
    {
        ModelSource.Validate($"{field}.source.path", Source.Path, errors);
        ArtifactPin.Validate(Artifacts, field, pin => ArtifactPin.OutsideProblem(pin, $"{field}.source.path"), errors);
    }
}

/// <summary>A LoRA adapter in PEFT's layout.</summary>
public sealed record AdapterSource
{
    /// <summary>Folder with adapter_config.json and adapter_model.safetensors, found as spec.source.path is, or its address.</summary>
    public required string Path { get; init; }
}
