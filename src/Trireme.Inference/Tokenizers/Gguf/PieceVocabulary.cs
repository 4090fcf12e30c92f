using Trireme.Inference.Formats;
using Trireme.Inference.Formats.Gguf;

namespace Trireme.Inference.Tokenizers.Gguf;

/// <summary>
/// GGUF vocabularies of the model "llama": SentencePiece's byte-pair encoding. Any two neighbours merge whose concatenation is a
/// piece, the one with the highest score first, the leftmost among equals.
/// </summary>
internal static class PieceVocabulary
{
    private const string SpaceMark = "\u2581";
    private const string ExtraSpacesKey = "tokenizer.ggml.remove_extra_whitespaces";

    // SentencePiece makes pieces of at most 16 characters; this bounds the work of taking one apart.
    private const int PieceBytesMax = 768;

    public static TokenizerDefinition Define(GgufVocabulary vocabulary)
    {
        GgufMetadata metadata = vocabulary.Metadata;
        if (metadata.OptionalBool(ExtraSpacesKey) == true) throw metadata.Unsupported(ExtraSpacesKey, "is true; spaces are kept.");
        bool prefixes = metadata.OptionalBool("tokenizer.ggml.add_space_prefix") ?? true;
        Vocabulary pieces = vocabulary.Of(type => type is GgufTokenType.Normal or GgufTokenType.Undefined);
        var rules = new CharacterRules
        {
            ByteTokens = CharacterAlphabet.ByteTokens(vocabulary.Of(type => type == GgufTokenType.Byte)),
            Unknown = vocabulary.Special("unknown"),
            FusesUnknown = true,
            DecodesBytes = true,
            SpaceMark = SpaceMark,
        };
        if (rules.ByteTokens is null && rules.Unknown is null)
        {
            throw metadata.Missing("tokenizer.ggml.unknown_token_id", "a token for text without pieces, as not all bytes have tokens");
        }

        ReplaceStep marks = new(" ", SpaceMark);
        return new TokenizerDefinition
        {
            Vocabulary = pieces,
            AddedTokens = vocabulary.AddedTokens(),
            Alphabet = new CharacterAlphabet(pieces, rules),
            Merges = Merges(metadata, pieces),
            IgnoreMerges = false,
            Normalizer = prefixes ? new TextNormalizer(new PrependStep(SpaceMark), marks) : new TextNormalizer(marks),
            PreTokenizer = new PreTokenizer(
                WordSplit.At(SpaceMark, pieces) is { } words ? [words] : [], new SpaceRule(' ', SpacePrefix.Never)),
            PostProcessing = vocabulary.PostProcessing(addsBegin: true),
            StripsLeadingSpace = prefixes,
        };
    }

    /// <summary>Takes every piece apart into all pairs of pieces that make it.</summary>
    private static MergeTable Merges(GgufMetadata metadata, Vocabulary pieces)
    {
        float[] scores = metadata.Singles(GgufVocabulary.ScoresKey, ModelConfig.VocabularySizeMax)
            ?? throw metadata.Missing(GgufVocabulary.ScoresKey, "a list of numbers");
        if (scores.Length != pieces.Count)
        {
            throw metadata.Problem(
                GgufVocabulary.ScoresKey, $"has {scores.Length} elements; {GgufVocabulary.TokensKey} has {pieces.Count}.");
        }

        var found = new List<(int Left, int Right, int Merged)>();
        for (int merged = 0; merged < pieces.Count; merged++)
        {
            if (!pieces.IsText(merged)) continue;
            ReadOnlySpan<byte> piece = pieces.Spelling(merged);
            if (piece.Length > PieceBytesMax)
            {
                throw metadata.Unsupported(
                    GgufVocabulary.TokensKey, $"has a piece of {piece.Length} bytes; the most is {PieceBytesMax}.");
            }

            for (int split = 1; split < piece.Length; split++)
            {
                if (pieces.TryGetId(piece[..split], out int left) && pieces.TryGetId(piece[split..], out int right))
                {
                    found.Add((left, right, merged));
                }
            }
        }

        // Equal scores share a rank, so that the leftmost pair goes first.
        Dictionary<float, int> ranks = found.Select(merge => scores[merge.Merged]).Distinct().OrderDescending()
            .Select((score, rank) => (score, rank)).ToDictionary(entry => entry.score, entry => entry.rank);
        var table = new MergeTable(found.Count);
        foreach ((int left, int right, int merged) in found) table.Set(left, right, new Merge(ranks[scores[merged]], merged));
        return table;
    }
}
