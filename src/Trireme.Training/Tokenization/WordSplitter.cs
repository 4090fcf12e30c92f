using System.Text.RegularExpressions;

namespace Trireme.Training.Tokenization;

/// <summary>Cuts text into the pieces that merges never cross.</summary>
internal static partial class WordSplitter
{
    /// <summary>The special tokens of the text and the stretches between them, in order.</summary>
    public static IEnumerable<(string Text, bool Special)> Segments(string text)
    {
        int start = 0;
        foreach (Match match in Special().Matches(text))
        {
            if (match.Index > start) yield return (text[start..match.Index], false);
            yield return (match.Value, true);
            start = match.Index + match.Length;
        }

        if (start < text.Length) yield return (text[start..], false);
    }

    /// <summary>Words with the space before them, numbers, punctuation and white space.</summary>
    public static IEnumerable<string> Words(string text) => Word().Matches(text).Select(match => match.Value);

    // The pattern that "ByteLevel" with use_regex stands for in tokenizer.json.
    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Word();

    [GeneratedRegex(@"<\|end\|>|<\|im_start\|>|<\|im_end\|>", RegexOptions.CultureInvariant)]
    private static partial Regex Special();
}
