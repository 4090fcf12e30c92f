using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Library;

/// <summary>Filters that make lists of lists.</summary>
internal static class GroupingFilters
{
    /// <summary>Lists of so many items; the last is filled up if there is something to fill it with.</summary>
    public static object? Batch(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'batch'", "linecount", "fill_with");
        long size = Count(arguments, "linecount", state);
        object? fill = arguments.TryGet(1, "fill_with", out object? given) ? given : null;
        var batches = new List<object?>();
        List<object?> batch = [];
        foreach (object? item in TemplateValue.Iterate(value, state))
        {
            if (batch.Count == size) batch = [];
            if (batch.Count == 0) batches.Add(batch);
            batch.Add(item);
        }

        while (fill is not null && batch.Count > 0 && batch.Count < size)
        {
            state.Spend(1);
            batch.Add(fill);
        }

        return batches;
    }

    /// <summary>So many lists, the first of which take what does not divide.</summary>
    public static object? Slice(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'slice'", "slices", "fill_with");
        long slices = Count(arguments, "slices", state);
        object? fill = arguments.TryGet(1, "fill_with", out object? given) ? given : null;
        List<object?> items = TemplateValue.Iterate(value, state);
        state.Spend(slices);
        var result = new List<object?>();
        int start = 0;
        for (long i = 0; i < slices; i++)
        {
            bool isLong = i < items.Count % slices;
            int length = (int)(items.Count / slices) + (isLong ? 1 : 0);
            List<object?> slice = items.GetRange(start, length);
            if (fill is not null && !isLong && items.Count % slices != 0) slice.Add(fill);
            start += length;
            result.Add(slice);
        }

        return result;
    }

    /// <summary>Pairs of a value of the attribute and the items that have it, in the order of the values.</summary>
    public static object? GroupBy(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'groupby'", "attribute", "default", "case_sensitive");
        object? attribute = arguments.Required(state, 0, "attribute");
        object? otherwise = arguments.TryGet(1, "default", out object? given) ? given : null;
        bool caseSensitive = arguments.Flag(2, "case_sensitive", false);
        object? OrDefault(object? found) => found is Undefined && otherwise is not null ? otherwise : found;
        object? Name(object? item) => SelectionFilters.AttributeOf(item, attribute, state, OrDefault);
        var keyed = TemplateValue.Iterate(value, state).ConvertAll<(object? Key, object? Item)>(item =>
        {
            object? key = ListFilters.SortKey(Name(item), null, caseSensitive, state);
            return (key, new TemplateTuple([key, item]));
        });
        var groups = new List<object?>();
        object? last = null;
        List<object?>? members = null;
        foreach (object? pair in ListFilters.Sorted(keyed, reverse: false, state))
        {
            (object? key, object? item) = (((TemplateTuple)pair!)[0], ((TemplateTuple)pair)[1]);
            if (members is null || !TemplateValue.AreEqual(last, key, state))
            {
                members = [];
                // The name of a group is spelled as its first member spells it.
                groups.Add(new GroupTuple(Name(item), members));
                last = key;
            }

            members.Add(item);
        }

        return groups;
    }

    private static long Count(Arguments arguments, string name, RenderState state)
    {
        _ = arguments.Required(state, 0, name);
        long count = arguments.Integer(state, 0, name, 0);
        return count > 0 ? count : throw state.Fail($"'{name}' must be above zero.");
    }
}
