using System.Globalization;
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
        return arguments.TryGet(0, "default_value", out object? otherwise) ? otherwise : "";
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
        int field = arguments.OptionalText(state, 1, "by") switch
        {
            null or "key" => 0,
            "value" => 1,
            _ => throw state.Fail("'by' must be 'key' or 'value'."),
        };
        var keyed = Pairs(map, state).ConvertAll<(object? Key, object? Item)>(pair =>
        {
            object? key = ((List<object?>)pair!)[field];
            return (Key: key is string text && !caseSensitive ? state.Charge(text.ToLowerInvariant()) : key, Item: pair);
        });
        return ListFilters.Sorted(keyed, arguments.Flag(2, "reverse", false), state);
    }

    public static object? Int(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'int'", "default");
        long otherwise = arguments.Integer(state, 0, "default", 0);
        if (TemplateValue.Integer(value) is { } integer) return integer;
        if (value is string text && long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out long parsed)) return parsed;
        double? number = value is string digits ? ParseReal(digits) : TemplateValue.Number(value);
        // The bounds are the powers of two around what 64 bits hold.
        return number is > -9.2e18 and < 9.2e18 ? (long)number.Value : otherwise;
    }

    public static object? Float(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'float'", "default");
        if (TemplateValue.Number(value) is { } number) return number;
        if (value is string text && ParseReal(text) is { } parsed) return parsed;
        return arguments.TryGet(0, "default", out object? otherwise) ? otherwise : 0.0;
    }

    public static object? Abs(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'abs'");
        bool negative = TemplateValue.Number(value) < 0;
        return negative ? Arithmetic.Apply("-", 0L, value, state) : Arithmetic.Apply("+", 0L, value, state);
    }

    public static object? Round(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'round'", "precision", "method");
        if (TemplateValue.Number(value) is not { } number) throw state.Fail($"{TemplateValue.TypeName(value)} cannot be rounded.");
        int precision = (int)Math.Clamp(arguments.Integer(state, 0, "precision", 0), 0, 15);
        double scale = Math.Pow(10, precision);
        return arguments.OptionalText(state, 1, "method") switch
        {
            null or "common" => Math.Round(number, precision, MidpointRounding.ToEven),
            "ceil" => Math.Ceiling(number * scale) / scale,
            "floor" => Math.Floor(number * scale) / scale,
            _ => throw state.Fail("'method' must be 'common', 'ceil' or 'floor'."),
        };
    }

    /// <summary>A mapping's entries as tuples of key and value.</summary>
    public static List<object?> Pairs(TemplateMap map, RenderState state)
    {
        state.Spend(map.Count);
        var pairs = new List<object?>(map.Count);
        foreach ((string key, object? value) in map) pairs.Add(new TemplateTuple { key, value });
        return pairs;
    }

    private static double? ParseReal(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;
}
