using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Formatting;

/// <summary>How one value is written: Python's format specification, and what a '%' says of the same.</summary>
internal sealed record FormatSpec
{
    /// <summary>Wider fields are nobody's wish.</summary>
    public const int WidthMax = 1000;

    public string Fill { get; init; } = " ";

    /// <summary>'&lt;', '&gt;', '^' or '='; none for what the kind of value has by itself.</summary>
    public char? Align { get; init; }

    /// <summary>'+', '-' or ' '.</summary>
    public char Sign { get; init; } = '-';

    public bool IsAlternate { get; init; }

    public int Width { get; init; }

    /// <summary>',' or '_' between groups of digits.</summary>
    public char? Grouping { get; init; }

    public int? Precision { get; init; }

    /// <summary>The letter at the end.</summary>
    public char? Kind { get; init; }

    /// <summary>[[fill]align][sign][#][0][width][grouping][.precision][kind]</summary>
    public static FormatSpec Parse(string text, RenderState state)
    {
        var spec = new FormatSpec();
        int at = 0;
        int fill = text.Length > 1 && char.IsSurrogatePair(text[0], text[1]) ? 2 : 1;
        if (text.Length > fill && text[fill] is '<' or '>' or '^' or '=')
        {
            spec = spec with { Fill = text[..fill], Align = text[fill] };
            at = fill + 1;
        }
        else if (text is ['<' or '>' or '^' or '=', ..])
        {
            spec = spec with { Align = text[0] };
            at = 1;
        }

        if (At(at) is '+' or '-' or ' ') spec = spec with { Sign = text[at++] };
        if (At(at) is '#') (spec, at) = (spec with { IsAlternate = true }, at + 1);
        if (At(at) is '0') (spec, at) = (spec.Align is null ? spec with { Fill = "0", Align = '=' } : spec, at + 1);
        spec = spec with { Width = Number(ref at) ?? 0 };
        if (At(at) is ',' or '_') spec = spec with { Grouping = text[at++] };
        if (At(at) is '.')
        {
            at++;
            spec = spec with { Precision = Number(ref at) ?? throw state.Fail($"the format '{text}' lacks a precision.") };
        }

        if (at < text.Length) spec = spec with { Kind = text[at++] };
        return at == text.Length ? spec : throw state.Fail($"'{text}' is no format.");

        char At(int position) => position < text.Length ? text[position] : '\0';

        int? Number(ref int position)
        {
            int start = position, value = 0;
            while (char.IsAsciiDigit(At(position)))
            {
                value = value * 10 + (text[position++] - '0');
                if (value > WidthMax) throw state.Fail($"a format is wider than {WidthMax}.");
            }

            return position == start ? null : value;
        }
    }
}
