using System.Globalization;
using System.Text;

namespace Trireme.Inference.Tokenizers;

/// <summary>
/// Text as .NET's regular expressions need it to see whole characters. They match UTF-16 units, to which a letter beyond U+FFFF is
/// two surrogates and no letter. Here each such character is one stand-in of the same general category, with a map back.
/// </summary>
internal readonly struct CodePointText
{
    private readonly int[]? _starts;

    private CodePointText(string units, int[]? starts)
    {
        Units = units;
        _starts = starts;
    }

    /// <summary>What to match on: one unit per character.</summary>
    public string Units { get; }

    public static CodePointText Of(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF')) return new CodePointText(text, null);
        var units = new StringBuilder(text.Length);
        var starts = new int[text.Length + 1];
        for (int i = 0; i < text.Length;)
        {
            starts[units.Length] = i;
            bool pair = i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]);
            units.Append(pair ? Substitute(CharUnicodeInfo.GetUnicodeCategory(text, i)) : text[i]);
            i += pair ? 2 : 1;
        }

        starts[units.Length] = text.Length;
        return new CodePointText(units.ToString(), starts);
    }

    /// <summary>Where a range of units lies in the text.</summary>
    public (int Start, int Length) Locate(int start, int length) =>
        _starts is null ? (start, length) : (_starts[start], _starts[start + length] - _starts[start]);

    /// <summary>A rare character of the category, which no pattern names literally.</summary>
    private static char Substitute(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => '\uA640',
        UnicodeCategory.LowercaseLetter => '\uA641',
        UnicodeCategory.TitlecaseLetter => '\u1FBC',
        UnicodeCategory.ModifierLetter => '\uA015',
        UnicodeCategory.OtherLetter => '\uA840',
        UnicodeCategory.NonSpacingMark => '\uA806',
        UnicodeCategory.SpacingCombiningMark => '\uA823',
        UnicodeCategory.EnclosingMark => '\uA670',
        UnicodeCategory.DecimalDigitNumber => '\uA620',
        UnicodeCategory.LetterNumber => '\uA6E6',
        UnicodeCategory.OtherNumber => '\uA830',
        UnicodeCategory.OtherPunctuation => '\uA874',
        UnicodeCategory.DashPunctuation => '\uFE31',
        UnicodeCategory.MathSymbol => '\uFB29',
        UnicodeCategory.CurrencySymbol => '\uA838',
        UnicodeCategory.ModifierSymbol => '\uA700',
        UnicodeCategory.Format => '\u2060',
        UnicodeCategory.PrivateUse => '\uE000',
        UnicodeCategory.OtherNotAssigned => '\uA48D',
        _ => '\uA490',
    };
}
