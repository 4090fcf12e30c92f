namespace Trireme.Inference.Tokenizers;

/// <summary>A tokenizer.json, read and checked.</summary>
internal sealed record TokenizerDefinition
{
    /// <summary>Every model token by its spelling in the byte alphabet.</summary>
    public required IReadOnlyDictionary<string, int> Vocabulary { get; init; }

    public required IReadOnlyList<AddedToken> AddedTokens { get; init; }

    /// <summary>The token of each single byte; -1 for the thirteen bytes UTF-8 never holds when the vocabulary lacks them.</summary>
    public required int[] ByteTokens { get; init; }

    public required MergeTable Merges { get; init; }

    /// <summary>A word that is in the vocabulary is that token, whatever its merges say.</summary>
    public required bool IgnoreMerges { get; init; }

    /// <summary>Text is brought to normalization form C first.</summary>
    public required bool ComposesText { get; init; }

    public required PreTokenizer PreTokenizer { get; init; }

    /// <summary>What the post-processor puts before and after a text.</summary>
    public required PostProcessing PostProcessing { get; init; }

    /// <summary>The id of a token written out, added tokens first.</summary>
    public int? FindId(string token)
    {
        foreach (AddedToken added in AddedTokens)
        {
            if (added.Content == token) return added.Id;
        }

        return Vocabulary.TryGetValue(token, out int id) ? id : null;
    }
}

/// <summary>Tokens put around a text.</summary>
internal sealed record PostProcessing(IReadOnlyList<int> Prefix, IReadOnlyList<int> Suffix)
{
    public static PostProcessing None { get; } = new([], []);
}
