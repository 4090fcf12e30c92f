namespace Trireme.Inference.Speculation;

/// <summary>Where drafts of an answer's next tokens come from.</summary>
public enum SpeculationMethod
{
    /// <summary>From what followed earlier in the prompt and the answer where they end alike: prompt lookup.</summary>
    Ngram,

    /// <summary>From a smaller model with the same vocabulary.</summary>
    Draft,
}

/// <summary>
/// Speculative decoding: a step checks drafts of an answer's next tokens and takes those that it would have chosen anyway. Answers stay
/// the same to the bit. Drafts are checked only while that is measured to make answers faster.
/// </summary>
public sealed record SpeculationOptions
{
    public required SpeculationMethod Method { get; init; }

    /// <summary>Most draft tokens per answer and step, 1 to 16; fewer are taken where the later ones would hardly be right.</summary>
    public int DraftTokensMax { get; init; } = 4;

    /// <summary>Fewest tokens that must have occurred before for prompt lookup to go on as it did then; 1 to 8.</summary>
    public int LookupMin { get; init; } = 2;

    /// <summary>Most tokens that prompt lookup compares; 1 to 8, and at least <see cref="LookupMin"/>.</summary>
    public int LookupMax { get; init; } = 5;

    /// <summary>Folder or GGUF file of the draft model.</summary>
    public string? DraftModel { get; init; }

    /// <summary>Checks whatever is drafted, even where it is measured to make answers slower: to see by how much.</summary>
    public bool Always { get; init; }
}
