using System.Globalization;
using System.Numerics;
using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Formatting;

/// <summary>Python's text % values.</summary>
internal sealed class PercentFormat
{
    private readonly TemplateText _format;
    private readonly object? _values;
    private readonly RenderState _state;
    private readonly BoundedText _output;
    private int _next;
    private int _at;

    private PercentFormat(TemplateText format, object? values, RenderState state)
    {
        (_format, _values, _state) = (format, values, state);
        _output = new BoundedText(state);
    }

    public static TemplateText Apply(TemplateText format, object? values, RenderState state)
    {
        var writer = new PercentFormat(format, values, state);
        writer.Run();
        return writer._output.ToText();
    }

    private void Run()
    {
        string text = _format.Value;
        while (_at < text.Length)
        {
            int mark = text.IndexOf('%', _at);
            int end = mark < 0 ? text.Length : mark;
            _output.Add(_format, _at, end - _at);
            _at = end + 1;
            if (mark >= 0) WriteField();
        }

        bool usesAll = _values is TemplateMap || (_values is TemplateTuple tuple ? _next == tuple.Count : _next == 1);
        if (!usesAll) throw _state.Fail("'%' is given more values than the text has places.");
    }

    private void WriteField()
    {
        object? named = null;
        bool isNamed = Current == '(';
        if (isNamed) named = Named();
        FormatSpec spec = ReadFlags();
        int width = ReadNumber() ?? 0;
        // A negative width, which only a value can give, aligns to the left.
        spec = spec with { Width = Math.Abs(width), Align = width < 0 ? '<' : spec.Align };
        if (Current == '.')
        {
            _at++;
            spec = spec with { Precision = Math.Max(0, ReadNumber() ?? 0) };
        }

        while (Current is 'h' or 'l' or 'L') _at++;
        char kind = Current;
        _at++;
        if (kind == '%') _output.Append('%');
        else Write(isNamed ? named : Next(), kind, spec);
    }

    private char Current => _at < _format.Length ? _format.Value[_at] : throw _state.Fail("a '%' in a text lacks its letter.");

    private object? Named()
    {
        int end = _format.Value.IndexOf(')', _at);
        if (end < 0 || _values is not TemplateMap map) throw _state.Fail("a '%(' in a text needs a closing bracket and a mapping.");
        TemplateText name = _format.Slice(_at + 1, end - _at - 1);
        _at = end + 1;
        return map.TryGet(name, out object? value) ? value : throw _state.Fail($"'%' finds no value '{name}'.");
    }

    private FormatSpec ReadFlags()
    {
        var spec = new FormatSpec { Align = '>' };
        bool isLeft = false;
        for (; Current is '-' or '+' or ' ' or '#' or '0'; _at++)
        {
            spec = Current switch
            {
                '#' => spec with { IsAlternate = true },
                '0' => spec with { Fill = "0", Align = '=' },
                '-' => spec,
                ' ' when spec.Sign == '+' => spec,
                var sign => spec with { Sign = sign },
            };
            isLeft |= Current == '-';
        }

        return isLeft ? spec with { Fill = " ", Align = '<' } : spec;
    }

    private int? ReadNumber()
    {
        long? number = null;
        if (Current == '*')
        {
            _at++;
            number = Next() as long? ?? throw _state.Fail("a '*' in a text needs a whole number.");
        }
        else
        {
            while (char.IsAsciiDigit(Current) && number is null or <= FormatSpec.WidthMax)
            {
                number = (number ?? 0) * 10 + (_format.Value[_at++] - '0');
            }
        }

        if (number is > FormatSpec.WidthMax or < -FormatSpec.WidthMax) throw _state.Fail($"a format is wider than {FormatSpec.WidthMax}.");
        return (int?)number;
    }

    private object? Next()
    {
        if (_values is TemplateTuple tuple)
        {
            return _next < tuple.Count ? tuple[_next++] : throw _state.Fail("'%' is given fewer values than the text has places.");
        }

        return _next++ == 0 ? _values : throw _state.Fail("'%' is given fewer values than the text has places.");
    }

    private void Write(object? value, char kind, FormatSpec spec)
    {
        switch (kind)
        {
            case 's':
                FieldFormat.WriteText(ValueText.Of(value, _state), AsText(spec), _output);
                break;
            case 'r' or 'a':
                FieldFormat.WriteText(ValueText.Quoted(value, _state), AsText(spec), _output);
                break;
            case 'c' when value is TemplateText text && CodePoints.Count(text.Value) == 1:
                FieldFormat.WriteText(text, AsText(spec), _output);
                break;
            case 'd' or 'i' or 'u' when TemplateValue.Number(value) is { } number && double.IsFinite(number):
                BigInteger whole = TemplateValue.Whole(value) ?? new BigInteger(number);
                WriteWhole(whole, spec with { Kind = 'd' });
                break;
            case 'x' or 'X' or 'o' or 'c' when TemplateValue.Whole(value) is { } bits:
                WriteWhole(bits, spec with { Kind = kind });
                break;
            case 'e' or 'E' or 'f' or 'F' or 'g' or 'G' when TemplateValue.Number(value) is not null:
                // Whole numbers are written as reals here.
                object? real = TemplateValue.Whole(value) is { } small ? (double)small : value;
                FieldFormat.Write(real, spec with { Kind = kind }, _output, _state);
                break;
            default:
                string letter = kind.ToString(CultureInfo.InvariantCulture);
                throw _state.Fail($"'%{letter}' does not take {TemplateValue.TypeName(value)}.");
        }
    }

    /// <summary>The precision of a whole number is its least count of digits.</summary>
    private void WriteWhole(BigInteger value, FormatSpec spec)
    {
        string digits = FieldFormat.Whole(value, spec, _state);
        if (spec.Precision is { } least && spec.Kind != 'c') digits = digits.PadLeft(least, '0');
        FieldFormat.WriteNumber(digits, value.Sign < 0, spec, _output);
    }

    private static FormatSpec AsText(FormatSpec spec) => spec.Align == '=' ? spec with { Align = '>', Fill = " " } : spec;
}
