using System.Text.RegularExpressions;
using Trireme.Inference.Formats;

namespace Trireme.Inference.Tokenizers;

/// <summary>
/// Splits by one pattern. Patterns come from model files and run on clients' text, so their work is bounded (<see cref="FilePattern"/>).
/// </summary>
internal sealed class SplitStep(Regex pattern, SplitBehavior behavior, bool invert = false)
{
    public string Expression => pattern.ToString();

    /// <summary>Matches and gaps are pieces alike.</summary>
    public bool Isolates => behavior == SplitBehavior.Isolated;

    /// <summary>A step for an expression. Throws <see cref="ArgumentException"/> for one that is malformed.</summary>
    public static SplitStep Of(string expression, SplitBehavior behavior = SplitBehavior.Isolated, bool invert = false) =>
        new(WordPatterns.Matcher(expression), behavior, invert);

    public void Apply(string units, int start, int length, List<(int Start, int Length)> pieces)
    {
        var parts = new PartList(pieces, behavior, invert);
        ReadOnlySpan<char> piece = units.AsSpan(start, length);
        int position = 0;
        var patience = new FilePattern.Patience();
        for (bool isDone = false; !isDone;)
        {
            try
            {
                foreach (ValueMatch match in pattern.EnumerateMatches(piece, position))
                {
                    if (match.Length == 0) continue;
                    if (match.Index > position) parts.Add(start + position, match.Index - position, matched: false);
                    parts.Add(start + match.Index, match.Length, matched: true);
                    position = match.Index + match.Length;
                }

                isDone = true;
            }
            catch (RegexMatchTimeoutException exception) when (patience.IsOver())
            {
                throw new ModelFormatException(
                    "tokenizer.json",
                    $"a pre_tokenizer pattern ran for more than {pattern.MatchTimeout.TotalSeconds:0} s on one text.",
                    "Replace the pattern with one that does not backtrack.",
                    exception);
            }
            catch (RegexMatchTimeoutException)
            {
                // Other programs had the processor: the match goes on where it was.
            }
        }

        if (position < length) parts.Add(start + position, length - position, matched: false);
    }

    /// <summary>Joins or drops the matches and the gaps between them, which come in order and without holes.</summary>
    private struct PartList(List<(int Start, int Length)> pieces, SplitBehavior behavior, bool invert)
    {
        private bool _any;
        private bool _previous;

        public void Add(int start, int length, bool matched)
        {
            bool isMatch = matched != invert;
            bool joins = _any && behavior switch
            {
                SplitBehavior.MergedWithPrevious => isMatch && !_previous,
                SplitBehavior.MergedWithNext => !isMatch && _previous,
                SplitBehavior.Contiguous => isMatch == _previous,
                _ => false,
            };
            if (joins) pieces[^1] = (pieces[^1].Start, pieces[^1].Length + length);
            else if (behavior != SplitBehavior.Removed || !isMatch) pieces.Add((start, length));
            _any = true;
            _previous = isMatch;
        }
    }
}

/// <summary>What becomes of the matches of a pattern.</summary>
internal enum SplitBehavior
{
    /// <summary>They are pieces, as are the gaps.</summary>
    Isolated,

    Removed,

    /// <summary>They end the piece before them.</summary>
    MergedWithPrevious,

    /// <summary>They begin the piece after them.</summary>
    MergedWithNext,

    /// <summary>Neighbouring ones are one piece.</summary>
    Contiguous,
}
