using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Library;

/// <summary>Filters on lists, and on what can be iterated over like one.</summary>
internal static class ListFilters
{
    public static object? Length(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'length'");
        return TemplateValue.Length(value, state);
    }

    public static object? Join(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'join'", "d", "attribute");
        TemplateText separator = arguments.TryGet(0, "d", out object? given) ? ValueText.Of(given, state) : TemplateText.Empty;
        object? attribute = Attribute(arguments, 1);
        var output = new BoundedText(state);
        bool first = true;
        foreach (object? item in TemplateValue.Iterate(value, state))
        {
            if (!first) output.Add(separator);
            first = false;
            ValueText.Write(attribute is null ? item : SelectionFilters.AttributeOf(item, attribute, state), output, state);
        }

        return output.ToText();
    }

    public static object? First(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'first'");
        List<object?> items = TemplateValue.Iterate(value, state);
        return items.Count > 0 ? items[0] : new Undefined("the first item of nothing");
    }

    public static object? Last(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'last'");
        List<object?> items = TemplateValue.Iterate(value, state);
        return items.Count > 0 ? items[^1] : new Undefined("the last item of nothing");
    }

    public static object? List(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'list'");
        return TemplateValue.Iterate(value, state);
    }

    public static object? Reverse(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'reverse'");
        if (value is TemplateText) return Access.Slice(value, null, null, -1, state);
        List<object?> items = TemplateValue.Iterate(value, state);
        items.Reverse();
        return items;
    }

    public static object? Sort(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'sort'", "reverse", "case_sensitive", "attribute");
        bool caseSensitive = arguments.Flag(1, "case_sensitive", false);
        object? attribute = Attribute(arguments, 2);
        var keyed = TemplateValue.Iterate(value, state)
            .ConvertAll(item => (Key: SortKeys(item, attribute, caseSensitive, state), Item: item));
        return Sorted(keyed, arguments.Flag(0, "reverse", false), state);
    }

    public static object? Unique(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'unique'", "case_sensitive", "attribute");
        bool caseSensitive = arguments.Flag(0, "case_sensitive", false);
        object? attribute = Attribute(arguments, 1);
        var keys = new List<object?>();
        var result = new List<object?>();
        foreach (object? item in TemplateValue.Iterate(value, state))
        {
            object? key = SortKey(item, attribute, caseSensitive, state);
            if (TemplateValue.Contains(keys, key, state)) continue;
            keys.Add(key);
            result.Add(item);
        }

        return result;
    }

    public static object? Min(object? value, Arguments arguments, RenderState state) => Extreme(value, arguments, state, sign: -1);

    public static object? Max(object? value, Arguments arguments, RenderState state) => Extreme(value, arguments, state, sign: 1);

    public static object? Sum(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'sum'", "attribute", "start");
        object? attribute = Attribute(arguments, 0);
        object? sum = arguments.TryGet(1, "start", out object? start) ? start : 0L;
        foreach (object? item in TemplateValue.Iterate(value, state))
        {
            sum = Arithmetic.Apply("+", sum, attribute is null ? item : SelectionFilters.AttributeOf(item, attribute, state), state);
        }

        return sum;
    }

    /// <summary>The items in the order of their keys; equal keys keep their order, in reverse too, as in Python.</summary>
    public static List<object?> Sorted(List<(object? Key, object? Item)> keyed, bool reverse, RenderState state)
    {
        int sign = reverse ? -1 : 1;
        var order = Comparer<object?>.Create((left, right) =>
        {
            state.Spend(1);
            return sign * TemplateValue.Compare(left, right, state);
        });
        try
        {
            return [.. keyed.OrderBy(pair => pair.Key, order).Select(pair => pair.Item)];
        }
        catch (InvalidOperationException exception) when (exception.InnerException is ChatTemplateException failure)
        {
            throw failure;
        }
    }

    /// <summary>What an item is compared by.</summary>
    public static object? SortKey(object? item, object? attribute, bool caseSensitive, RenderState state)
    {
        object? key = attribute is null ? item : SelectionFilters.AttributeOf(item, attribute, state);
        return key is TemplateText text && !caseSensitive ? state.Charge(text.Value.ToLowerInvariant()) : key;
    }

    /// <summary>Several attributes separated by commas are compared one after the other.</summary>
    private static object? SortKeys(object? item, object? attribute, bool caseSensitive, RenderState state)
    {
        if (attribute is not TemplateText text || !text.Value.Contains(',', StringComparison.Ordinal))
        {
            return SortKey(item, attribute, caseSensitive, state);
        }

        return new TemplateTuple(text.Value.Split(',').Select(part => SortKey(item, new TemplateText(part), caseSensitive, state)));
    }

    /// <summary>The attribute that a filter looks at; null for none.</summary>
    private static object? Attribute(Arguments arguments, int index) =>
        arguments.TryGet(index, "attribute", out object? attribute) ? attribute : null;

    private static object? Extreme(object? value, Arguments arguments, RenderState state, int sign)
    {
        arguments.Limit(state, "this filter", "case_sensitive", "attribute");
        bool caseSensitive = arguments.Flag(0, "case_sensitive", false);
        object? attribute = Attribute(arguments, 1);
        object? best = new Undefined("the extreme of nothing");
        object? bestKey = null;
        bool first = true;
        foreach (object? item in TemplateValue.Iterate(value, state))
        {
            object? key = SortKey(item, attribute, caseSensitive, state);
            if (!first && sign * TemplateValue.Compare(key, bestKey, state) <= 0) continue;
            (best, bestKey, first) = (item, key, false);
        }

        return best;
    }
}
