using System.ComponentModel.DataAnnotations;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>Where drafts of an answer's next tokens come from, and how long they are.</summary>
public sealed record SpeculationSpec
{
    public const string Ngram = "ngram";
    public const string Draft = "draft";

    /// <summary>What the engine takes for <see cref="LookupMin"/> and <see cref="LookupMax"/> when they are absent.</summary>
    internal const int LookupMinDefault = 2;
    internal const int LookupMaxDefault = 5;

    private const string Field = "spec.engine.speculation";

    /// <summary>
    /// "ngram" drafts what followed where the last tokens occurred before in the same text; "draft" asks a smaller model.
    /// </summary>
    [AllowedValues(Ngram, Draft)]
    public required string Method { get; init; }

    /// <summary>
    /// The smaller model of the method draft, with the same tokenizer: a folder or a .gguf file, found or fetched as spec.source.path
    /// is. Its weights, keys and values come out of the service's memory, and its files are part of the release.
    /// </summary>
    public string? DraftModel { get; init; }

    /// <summary>Most drafted tokens per answer and step; 4 when absent.</summary>
    [Range(1, 16)]
    public int? Tokens { get; init; }

    /// <summary>Fewest tokens that the method ngram must find again; 2 when absent.</summary>
    [Range(1, 8)]
    public int? LookupMin { get; init; }

    /// <summary>Most tokens that the method ngram compares; 5 when absent, and at least lookupMin.</summary>
    [Range(1, 8)]
    public int? LookupMax { get; init; }

    internal void Validate(FieldErrors errors)
    {
        if (DraftModel is { } model) ModelSource.Validate($"{Field}.draftModel", model, errors);
        if (Method == Draft && string.IsNullOrEmpty(DraftModel))
        {
            errors.Required($"{Field}.draftModel", "must name the smaller model that is asked");
        }

        RefuseUnless(Draft, DraftModel is not null, "draftModel");
        RefuseUnless(Ngram, LookupMin is not null, "lookupMin");
        RefuseUnless(Ngram, LookupMax is not null, "lookupMax");
        int min = LookupMin ?? LookupMinDefault, max = LookupMax ?? LookupMaxDefault;
        if (Method != Ngram || max >= min) return;
        string absent = LookupMax is null ? " when absent" : "";
        errors.Invalid($"{Field}.lookupMax", $"is {max}{absent}; must be at least lookupMin, {min}");

        void RefuseUnless(string method, bool isSet, string field)
        {
            if (isSet && Method != method) errors.Invalid($"{Field}.{field}", $"is only for the method {method}; remove it");
        }
    }
}
