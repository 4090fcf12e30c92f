namespace Trireme.Inference.Tokenizers;

/// <summary>A vocabulary with its rules, read and checked.</summary>
internal sealed record TokenizerDefinition
{
    public required Vocabulary Vocabulary { get; init; }

    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    public required TokenAlphabet Alphabet { get; init; }

    public required MergeTable Merges { get; init; }

    /// <summary>A word that is in the vocabulary is that token, whatever its merges say.</summary>
    public required bool IgnoreMerges { get; init; }

    public required TextNormalizer Normalizer { get; init; }

    public required PreTokenizer PreTokenizer { get; init; }

    /// <summary>What is put before and after a text.</summary>
    public required PostProcessing PostProcessing { get; init; }

    /// <summary>Decoding drops one space at the start of a text, which encoding put there.</summary>
    public bool StripsLeadingSpace { get; init; }

    /// <summary>The id of a token written out, added tokens first.</summary>
    public int? FindId(string token)
    {
        foreach (AddedToken added in AddedTokens)
        {
            if (added.Content == token) return added.Id;
        }

        return Vocabulary.TryGetId(token, out int id) ? id : null;
    }
}

/// <summary>Tokens put around a text.</summary>
internal sealed record PostProcessing(IReadOnlyList<int> Prefix, IReadOnlyList<int> Suffix)
{
    public static PostProcessing None { get; } = new([], []);
}
