using System.Buffers;
using System.Globalization;
using System.Text;

namespace Trireme.Inference.Tokenizers;

/// <summary>
/// Every character is a symbol: the alphabet of SentencePiece. A character the vocabulary lacks is written as the tokens of its bytes,
/// spelled &lt;0x00&gt; to &lt;0xFF&gt;, or where those are missing as the unknown token.
/// </summary>
internal sealed class CharacterAlphabet : TokenAlphabet
{
    private readonly Dictionary<Rune, int> _characters = [];
    private readonly CharacterRules _rules;
    private readonly byte[]? _mark;

    /// <param name="tokens">The tokens that text may become, by their spelling.</param>
    /// <param name="rules">What to do with characters they lack, and how spellings become text.</param>
    public CharacterAlphabet(Vocabulary tokens, CharacterRules rules)
    {
        _rules = rules;
        _mark = rules.SpaceMark is { } mark ? Encoding.UTF8.GetBytes(mark) : null;
        for (int id = 0; id < tokens.Count; id++)
        {
            if (!tokens.IsText(id)) continue;
            ReadOnlySpan<byte> spelling = tokens.Spelling(id);
            bool whole = Rune.DecodeFromUtf8(spelling, out Rune rune, out int length) == OperationStatus.Done && length == spelling.Length;
            if (whole) _characters[rune] = id;
        }
    }

    /// <summary>The byte a spelling such as &lt;0x0A&gt; stands for.</summary>
    public static byte? ByteOf(ReadOnlySpan<byte> spelling) =>
        spelling.Length == 6 && spelling.StartsWith("<0x"u8) && spelling[5] == '>'
        && byte.TryParse(spelling[3..5], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value)
            ? value
            : null;

    /// <summary>The tokens of all 256 bytes, or null when one is missing.</summary>
    public static int[]? ByteTokens(Vocabulary vocabulary)
    {
        var tokens = new int[256];
        Array.Fill(tokens, -1);
        for (int id = 0; id < vocabulary.Count; id++)
        {
            if (vocabulary.IsText(id) && ByteOf(vocabulary.Spelling(id)) is { } value) tokens[value] = id;
        }

        return tokens.Contains(-1) ? null : tokens;
    }

    public override int Write(ReadOnlySpan<char> word, Span<int> symbols)
    {
        int count = 0;
        bool afterUnknown = false;
        Span<byte> bytes = stackalloc byte[4];
        foreach (Rune rune in word.EnumerateRunes())
        {
            bool unknown = false;
            if (_characters.TryGetValue(rune, out int id))
            {
                symbols[count++] = id;
            }
            else if (_rules.ByteTokens is { } byteTokens)
            {
                int length = rune.EncodeToUtf8(bytes);
                for (int i = 0; i < length; i++) symbols[count++] = byteTokens[bytes[i]];
            }
            else if (_rules.Unknown is { } unknownToken)
            {
                unknown = true;
                if (!afterUnknown || !_rules.FusesUnknown) symbols[count++] = unknownToken;
            }

            afterUnknown = unknown;
        }

        return count;
    }

    public override int Spell(ReadOnlySpan<char> word, Span<byte> spelling) => Encoding.UTF8.GetBytes(word, spelling);

    public override int Decode(ReadOnlySpan<byte> spelling, Span<byte> text)
    {
        if (_rules.DecodesBytes && ByteOf(spelling) is { } value)
        {
            text[0] = value;
            return 1;
        }

        int count = 0;
        while (!spelling.IsEmpty)
        {
            bool isMark = _mark is not null && spelling.StartsWith(_mark);
            text[count++] = isMark ? (byte)' ' : spelling[0];
            spelling = spelling[(isMark ? _mark!.Length : 1)..];
        }

        return count;
    }

    public override bool KeepsCharacters => _rules.ByteTokens is not null || _rules is { Unknown: not null, FusesUnknown: false };

    public override string Respell(int id, ReadOnlySpan<byte> text)
    {
        if (_rules.DecodesBytes && text.Length == 1 && _rules.ByteTokens is { } bytes && bytes[text[0]] == id) return $"<0x{text[0]:X2}>";
        string spelling = Encoding.UTF8.GetString(text);
        return _rules.SpaceMark is { } mark ? spelling.Replace(" ", mark, StringComparison.Ordinal) : spelling;
    }

    public override byte[] AddedBytes(string content)
    {
        string text = _rules.SpaceMark is { } mark ? content.Replace(mark, " ", StringComparison.Ordinal) : content;
        return Encoding.UTF8.GetBytes(text);
    }
}

/// <summary>How a vocabulary of characters treats those it lacks, and how its spellings become text.</summary>
internal sealed record CharacterRules
{
    /// <summary>The token of each byte; null for a vocabulary that has none.</summary>
    public int[]? ByteTokens { get; init; }

    /// <summary>Stands for characters that cannot be written otherwise; null drops them.</summary>
    public int? Unknown { get; init; }

    /// <summary>Neighbouring unknown characters are one unknown token.</summary>
    public bool FusesUnknown { get; init; }

    /// <summary>Spellings of bytes become those bytes in text.</summary>
    public bool DecodesBytes { get; init; }

    /// <summary>What stands for a space in spellings, or null.</summary>
    public string? SpaceMark { get; init; }
}
