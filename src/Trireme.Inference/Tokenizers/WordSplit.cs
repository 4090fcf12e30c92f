using System.Text;
using System.Text.RegularExpressions;

namespace Trireme.Inference.Tokenizers;

/// <summary>
/// Splits the text of a SentencePiece vocabulary before every run of space marks. Where no token has a mark behind another character,
/// no merge crosses such a place, so the tokens stay the same; words are short and repeat, and so their tokens can be remembered.
/// </summary>
internal static class WordSplit
{
    /// <summary>The step, or null where a token crosses spaces or the vocabulary does not mark them.</summary>
    public static SplitStep? At(string? mark, Vocabulary vocabulary)
    {
        if (mark is not [var unit] || char.IsSurrogate(unit) || !vocabulary.TryGetId(mark, out _)) return null;
        byte[] bytes = Encoding.UTF8.GetBytes(mark);
        for (int id = 0; id < vocabulary.Count; id++)
        {
            if (!vocabulary.IsText(id)) continue;
            ReadOnlySpan<byte> rest = vocabulary.Spelling(id);
            while (rest.StartsWith(bytes)) rest = rest[bytes.Length..];
            if (rest.IndexOf(bytes) >= 0) return null;
        }

        string escaped = Regex.Escape(mark);
        return SplitStep.Of($"{escaped}+[^{escaped}]*|[^{escaped}]+");
    }
}
