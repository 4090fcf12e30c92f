using System.ComponentModel.DataAnnotations;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>What LoRA adapters may take of an engine.</summary>
public sealed record LoraSpec
{
    private const string Field = "spec.engine.lora";

    /// <summary>Most adapters at once, each of which has its memory kept; 4 when absent, or as many as the release names.</summary>
    [Range(1, 64)]
    public int? MaxAdapters { get; init; }

    /// <summary>Largest rank of an adapter; 16 when absent.</summary>
    [Range(1, 1024)]
    public int? MaxRank { get; init; }

    /// <summary>
    /// Memory kept for adapters, out of the service's; enough for the most adapters of the largest rank on all modules when absent.
    /// </summary>
    public ByteSize? Memory { get; init; }

    internal void Validate(FieldErrors errors, int adapters)
    {
        if (adapters == 0) errors.Invalid(Field, "has no meaning without spec.adapters; name the adapters there, or remove it");
        if (MaxAdapters < adapters)
        {
            errors.Invalid(
                $"{Field}.maxAdapters",
                $"{MaxAdapters} is too small; spec.adapters names {adapters}, which are all loaded at the start: raise or remove it");
        }
    }
}
