using System.Globalization;
using System.Numerics;
using Trireme.Inference.Templates.Formatting;
using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Library;

/// <summary>Filters on single values and mappings.</summary>
internal static class ValueFilters
{
    public static object? Default(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'default'", "default_value", "boolean");
        bool replaces = value is Undefined || (arguments.Flag(1, "boolean", false) && !TemplateValue.IsTrue(value));
        if (!replaces) return value;
        return arguments.TryGet(0, "default_value", out object? otherwise) ? otherwise : TemplateText.Empty;
    }

    /// <summary>An attribute that is no entry, such as a method.</summary>
    public static object? Attribute(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'attr'", "name");
        return Access.OwnAttribute(value, ValueText.Of(arguments.Required(state, 0, "name"), state).Value);
    }

    public static object? Items(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'items'");
        if (value is Undefined) return new List<object?>();
        return value is TemplateMap map ? Pairs(map, state) : throw state.Fail($"{TemplateValue.TypeName(value)} has no entries.");
    }

    public static object? DictSort(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'dictsort'", "case_sensitive", "by", "reverse");
        if (value is not TemplateMap map) throw state.Fail($"{TemplateValue.TypeName(value)} has no entries to sort.");
        bool caseSensitive = arguments.Flag(0, "case_sensitive", false);
        int field = arguments.OptionalText(state, 1, "by")?.Value switch
        {
            null or "key" => 0,
            "value" => 1,
            _ => throw state.Fail("'by' must be 'key' or 'value'."),
        };
        var keyed = Pairs(map, state).ConvertAll<(object? Key, object? Item)>(pair =>
            (ListFilters.SortKey(((List<object?>)pair!)[field], null, caseSensitive, state), pair));
        return ListFilters.Sorted(keyed, arguments.Flag(2, "reverse", false), state);
    }

    public static object? Int(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'int'", "default", "base");
        object? otherwise = arguments.TryGet(0, "default", out object? given) ? given : 0L;
        if (value is BigInteger) return value;
        if (TemplateValue.Integer(value) is { } integer) return integer;
        long radix = arguments.Integer(state, 1, "base", 10);
        if (radix is not (0 or >= 2 and <= 36)) throw state.Fail("'base' must be 0 or from 2 to 36.");
        if (value is TemplateText text && Numbers.ParseWhole(text.Value, (int)radix) is { } parsed) return Numbers.Narrow(parsed, state);
        double? number = value is TemplateText digits ? Numbers.ParseReal(digits.Value) : TemplateValue.Number(value);
        return number is { } real && double.IsFinite(real) ? Numbers.Narrow(new BigInteger(real), state) : otherwise;
    }

    public static object? Float(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'float'", "default");
        if (value is double) return value;
        if (TemplateValue.Number(value) is { } number) return number;
        if (value is TemplateText text && Numbers.ParseReal(text.Value) is { } parsed) return parsed;
        return arguments.TryGet(0, "default", out object? otherwise) ? otherwise : 0.0;
    }

    public static object? Abs(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'abs'");
        if (value is double real) return Math.Abs(real);
        bool negative = TemplateValue.Number(value) < 0;
        return negative ? Arithmetic.Apply("-", 0L, value, state) : Arithmetic.Apply("+", 0L, value, state);
    }

    /// <summary>Whole numbers stay whole, and halves go to the even digit of the exact value, as Python's round() does.</summary>
    public static object? Round(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'round'", "precision", "method");
        if (TemplateValue.Number(value) is not { } number) throw state.Fail($"{TemplateValue.TypeName(value)} cannot be rounded.");
        long precision = arguments.Integer(state, 0, "precision", 0);
        string? method = arguments.OptionalText(state, 1, "method")?.Value;
        if (method is null or "common")
        {
            return TemplateValue.Whole(value) is { } whole
                ? Numbers.Narrow(Numbers.Round(whole, precision), state)
                : Numbers.Round(number, precision);
        }

        if (method is not ("ceil" or "floor")) throw state.Fail("'method' must be 'common', 'ceil' or 'floor'.");
        double scale = Math.Pow(10, Math.Clamp(precision, -400, 400));
        double scaled = method == "ceil" ? Math.Ceiling(number * scale) : Math.Floor(number * scale);
        return double.IsFinite(scaled) ? scaled / scale : throw state.Fail("a number is too large to be rounded.");
    }

    /// <summary>A count of bytes with a unit of thousands, or of 1,024s.</summary>
    public static object? FileSize(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'filesizeformat'", "binary");
        bool isBinary = arguments.Flag(0, "binary", false);
        double? given = value is TemplateText text ? Numbers.ParseReal(text.Value) : TemplateValue.Number(value);
        if (given is not { } bytes) throw state.Fail($"{TemplateValue.TypeName(value)} is no count of bytes.");
        double step = isBinary ? 1024 : 1000;
        if (bytes == 1) return new TemplateText("1 Byte");
        if (bytes < step) return state.Charge(string.Create(CultureInfo.InvariantCulture, $"{Math.Truncate(bytes):0} Bytes"));
        const string Units = "kMGTPEZY";
        int place = 0;
        double unit = step * step;
        for (; bytes >= unit && place < Units.Length - 1; place++) unit *= step;
        string suffix = isBinary ? char.ToUpperInvariant(Units[place]) + "iB" : Units[place] + "B";
        return state.Charge($"{RealFormat.Fixed(step * bytes / unit, 1)} {suffix}");
    }

    /// <summary>A mapping's entries as tuples of key and value.</summary>
    public static List<object?> Pairs(TemplateMap map, RenderState state)
    {
        state.Spend(map.Count);
        var pairs = new List<object?>(map.Count);
        foreach ((object? key, object? value) in map.Entries) pairs.Add(new TemplateTuple { key, value });
        return pairs;
    }
}
