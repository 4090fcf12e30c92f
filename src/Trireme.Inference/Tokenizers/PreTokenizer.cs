using System.Text.RegularExpressions;
using Trireme.Inference.Formats;

namespace Trireme.Inference.Tokenizers;

/// <summary>
/// Splits text into the words that byte pairs are merged within. Patterns come from model files and run on clients' text, so each
/// match has a time limit.
/// </summary>
internal sealed class PreTokenizer(IReadOnlyList<SplitStep> steps, bool addPrefixSpace)
{
    /// <summary>The text to split: with a space before it where the model was trained so.</summary>
    public string Prepare(string text) => addPrefixSpace && text.Length > 0 && text[0] != ' ' ? " " + text : text;

    /// <summary>The words as ranges of the text, in order.</summary>
    public List<(int Start, int Length)> Split(string text)
    {
        var view = CodePointText.Of(text);
        List<(int Start, int Length)> pieces = [(0, view.Units.Length)];
        foreach (SplitStep step in steps)
        {
            var next = new List<(int Start, int Length)>(view.Units.Length / 4 + 1);
            foreach ((int start, int length) in pieces) step.Apply(view.Units, start, length, next);
            pieces = next;
        }

        for (int i = 0; i < pieces.Count; i++) pieces[i] = view.Locate(pieces[i].Start, pieces[i].Length);
        return pieces;
    }
}

/// <summary>One pattern. Kept says which parts become pieces.</summary>
internal sealed class SplitStep(Regex pattern, SplitParts kept)
{
    /// <summary>Real patterns match a word within microseconds.</summary>
    public static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(1);

    public void Apply(string units, int start, int length, List<(int Start, int Length)> pieces)
    {
        ReadOnlySpan<char> piece = units.AsSpan(start, length);
        int position = 0;
        try
        {
            foreach (ValueMatch match in pattern.EnumerateMatches(piece))
            {
                if (match.Length == 0) continue;
                if (match.Index > position && kept.HasFlag(SplitParts.Gaps)) pieces.Add((start + position, match.Index - position));
                if (kept.HasFlag(SplitParts.Matches)) pieces.Add((start + match.Index, match.Length));
                position = match.Index + match.Length;
            }
        }
        catch (RegexMatchTimeoutException exception)
        {
            throw new ModelFormatException(
                "tokenizer.json",
                $"a pre_tokenizer pattern ran for more than {MatchTimeout.TotalSeconds:0} s on one text.",
                "Replace the pattern with one that does not backtrack.",
                exception);
        }

        if (position < length && kept.HasFlag(SplitParts.Gaps)) pieces.Add((start + position, length - position));
    }
}

[Flags]
internal enum SplitParts
{
    Gaps = 1,
    Matches = 2,
    Both = Gaps | Matches,
}
