using System.Buffers;
using System.Globalization;
using System.Text;

namespace Trireme.Inference.Tokenizers;

/// <summary>Finds added tokens in text from left to right, the longest at each place. A trie bounds the work per position.</summary>
internal sealed class AddedTokenMatcher
{
    private readonly Dictionary<(int Node, char Unit), int> _children = [];
    private readonly List<AddedToken?> _ends = [null];
    private readonly SearchValues<char> _firstUnits;

    /// <summary>Some of the tokens may come of a template's text only.</summary>
    public bool HasControl { get; }

    /// <summary>Each token under the text that stands for it.</summary>
    public AddedTokenMatcher(IEnumerable<(string Text, AddedToken Token)> tokens)
    {
        var first = new HashSet<char>();
        foreach ((string text, AddedToken token) in tokens)
        {
            if (text.Length == 0) continue;
            first.Add(text[0]);
            int node = 0;
            foreach (char unit in text)
            {
                if (!_children.TryGetValue((node, unit), out int child))
                {
                    child = _ends.Count;
                    _children.Add((node, unit), child);
                    _ends.Add(null);
                }

                node = child;
            }

            _ends[node] ??= token;
            HasControl |= token.IsControl;
        }

        _firstUnits = SearchValues.Create([.. first]);
    }

    /// <summary>
    /// The next token at or after <paramref name="position"/>, which moves past it. A match that may not count, such as a special
    /// token in plain text, is passed over as a whole, as the reference tokenizers do. One that is in part a client's takes nothing of the
    /// template's text with it: a shorter one, or one that begins behind, still counts.
    /// </summary>
    public bool TryNext(ReadOnlySpan<char> text, TokenRecognition recognition, ref int position, out (int Start, AddedToken Token) found)
    {
        int scan = position;
        while (scan < text.Length)
        {
            int offset = text[scan..].IndexOfAny(_firstUnits);
            if (offset < 0) break;
            int start = scan + offset;
            AddedToken? token = Longest(text, start, null, out int end);
            if (token is not null && !recognition.Allows(token, start, end))
            {
                bool isMixed = recognition.IsMixed(start, end);
                scan = isMixed ? start + 1 : end;
                token = isMixed ? Longest(text, start, recognition, out end) : null;
                if (token is null) continue;
            }

            if (token is null)
            {
                scan = start + 1;
                continue;
            }

            scan = end;
            if (token.SingleWord && (IsWordBefore(text, start) || IsWordAfter(text, end))) continue;
            if (token.LeftStrip) start = Math.Max(position, text[..start].TrimEnd().Length);
            if (token.RightStrip) end = text.Length - text[end..].TrimStart().Length;
            position = end;
            found = (start, token);
            return true;
        }

        found = default;
        return false;
    }

    private AddedToken? Longest(ReadOnlySpan<char> text, int start, TokenRecognition? recognition, out int end)
    {
        AddedToken? longest = null;
        end = start;
        int node = 0;
        for (int i = start; i < text.Length && _children.TryGetValue((node, text[i]), out node); i++)
        {
            if (_ends[node] is not { } token || recognition?.Allows(token, start, i + 1) == false) continue;
            longest = token;
            end = i + 1;
        }

        return longest;
    }

    private static bool IsWordBefore(ReadOnlySpan<char> text, int position) =>
        position > 0 && Rune.DecodeLastFromUtf16(text[..position], out Rune rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool IsWordAfter(ReadOnlySpan<char> text, int position) =>
        position < text.Length && Rune.DecodeFromUtf16(text[position..], out Rune rune, out _) == OperationStatus.Done && IsWord(rune);

    private static bool IsWord(Rune rune) => Rune.IsLetterOrDigit(rune) || Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
        or UnicodeCategory.EnclosingMark or UnicodeCategory.LetterNumber;
}
