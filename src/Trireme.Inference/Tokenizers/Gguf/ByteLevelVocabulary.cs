using System.Text;
using Trireme.Inference.Formats;
using Trireme.Inference.Formats.Gguf;

namespace Trireme.Inference.Tokenizers.Gguf;

/// <summary>
/// GGUF vocabularies of the model "gpt2": byte-level byte-pair encoding, split into words by a pattern that the file names instead of
/// holding it.
/// </summary>
internal static class ByteLevelVocabulary
{
    public const string SplitKey = "tokenizer.ggml.pre";

    private const int MergeBytesMax = 8192;

    private static readonly NamedSplit[] Splits =
    [
        new(["default"], WordPatterns.Unnamed),
        new(["gpt-2", "phi-2", "mpt", "olmo"], [WordPatterns.Gpt2]),
        new(["llama-bpe", "llama3", "llama-v3", "falcon3", "pixtral"], [WordPatterns.Llama3]) { IgnoresMerges = true, AddsBegin = true },
        new(["dbrx", "smaug-bpe"], [WordPatterns.Llama3]),
        new(["qwen2", "deepseek-r1-qwen"], [WordPatterns.Qwen2]) { Composes = true },
        new(["smollm", "starcoder", "refact", "codeshell"], [WordPatterns.Digit, WordPatterns.Gpt2]),
        new(["tekken"], [WordPatterns.Tekken]) { IgnoresMerges = true, AddsBegin = true },
    ];

    public static TokenizerDefinition Define(GgufVocabulary vocabulary)
    {
        NamedSplit split = Find(vocabulary.Metadata);
        // Unused tokens pad the vocabulary; bytes have no tokens of their own in this model.
        Vocabulary tokens = vocabulary.Of(type => type is GgufTokenType.Normal or GgufTokenType.Undefined);
        (int[] bytes, byte? missing) = ByteLevelAlphabet.Find(tokens);
        if (missing is { } value)
        {
            throw vocabulary.Metadata.Unsupported(
                GgufVocabulary.TokensKey,
                $"lacks '{ByteAlphabet.CharOf(value)}' for byte 0x{value:X2}; byte-level encoding needs all bytes.");
        }

        return new TokenizerDefinition
        {
            Vocabulary = tokens,
            AddedTokens = vocabulary.AddedTokens(),
            Alphabet = new ByteLevelAlphabet(bytes),
            Merges = ReadMerges(vocabulary.Metadata, tokens),
            IgnoreMerges = split.IgnoresMerges,
            Normalizer = split.Composes ? new TextNormalizer(new ComposeStep()) : TextNormalizer.None,
            PreTokenizer = new PreTokenizer(
                [.. split.Patterns.Select(pattern => SplitStep.Of(pattern))], new SpaceRule(' ', SpacePrefix.Never)),
            PostProcessing = vocabulary.PostProcessing(split.AddsBegin),
        };
    }

    /// <summary>The name of a tokenizer's way to split text, or null when it has none.</summary>
    public static string? NameOf(PreTokenizer preTokenizer, bool ignoresMerges, bool composes) =>
        preTokenizer.Patterns is not { } patterns
            ? null
            : Array.Find(Splits, split => split.IgnoresMerges == ignoresMerges
                && split.Composes == composes
                && split.Patterns.SequenceEqual(patterns))?.Names[0];

    private static NamedSplit Find(GgufMetadata metadata)
    {
        string name = metadata.OptionalString(SplitKey) ?? "default";
        return Array.Find(Splits, split => split.Names.Contains(name)) ?? throw metadata.Unsupported(
            SplitKey, $"is '{name}'; known are {string.Join(", ", Splits.SelectMany(split => split.Names))}.");
    }

    private static MergeTable ReadMerges(GgufMetadata metadata, Vocabulary tokens)
    {
        const string Key = GgufVocabulary.MergesKey;
        ByteStrings merges = metadata.Strings(Key, ModelConfig.VocabularySizeMax, MergeBytesMax)
            ?? throw metadata.Missing(Key, "a list of strings");
        var list = new MergeList(tokens, merges.Count);
        for (int rank = 0; rank < merges.Count; rank++)
        {
            ReadOnlySpan<byte> merge = merges[rank];
            // The byte alphabet spells the space otherwise, so the first one that is not at the start separates.
            int space = merge.IsEmpty ? -1 : merge[1..].IndexOf((byte)' ') + 1;
            if (space > 0 && list.TryAdd(merge[..space], merge[(space + 1)..])) continue;
            string shown = Encoding.UTF8.GetString(merge);
            throw metadata.Problem(Key, $"has '{shown}' as element {rank}; expected two tokens whose concatenation is one too.");
        }

        return list.Table;
    }

    /// <summary>What a name of a split stands for.</summary>
    private sealed record NamedSplit(IReadOnlyList<string> Names, IReadOnlyList<string> Patterns)
    {
        /// <summary>A word that is in the vocabulary is that token.</summary>
        public bool IgnoresMerges { get; init; }

        /// <summary>A text begins with the begin token unless the file says otherwise.</summary>
        public bool AddsBegin { get; init; }

        /// <summary>The model's own tokenizer composes text first, though llama.cpp does not.</summary>
        public bool Composes { get; init; }
    }
}
