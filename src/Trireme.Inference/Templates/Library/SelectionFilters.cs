using System.Globalization;
using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Library;

/// <summary>Filters that pick or change each item through a test, an attribute or another filter.</summary>
internal static class SelectionFilters
{
    public static object? Map(object? value, Arguments arguments, RenderState state)
    {
        List<object?> items = TemplateValue.Iterate(value, state);
        if (arguments.Count == 0)
        {
            arguments.Limit(state, "the filter 'map'", "attribute", "default");
            object? attribute = arguments.Required(state, 0, "attribute");
            bool hasDefault = arguments.TryGet(1, "default", out object? otherwise);
            object? OrDefault(object? found) => found is Undefined && hasDefault ? otherwise : found;
            return items.ConvertAll(item => AttributeOf(item, attribute, state, OrDefault));
        }

        string name = (arguments[0] as TemplateText)?.Value ?? "";
        if (!FilterTable.TryGet(name, out Filter? filter)) throw state.Fail($"the filter '{name}' given to 'map' is not supported.");
        Arguments rest = arguments.Skip(1);
        return items.ConvertAll(item => Nested(filter, item, rest, state));
    }

    public static object? Select(object? value, Arguments arguments, RenderState state) => Pick(value, null, arguments, keep: true, state);

    public static object? Reject(object? value, Arguments arguments, RenderState state) => Pick(value, null, arguments, keep: false, state);

    public static object? SelectAttribute(object? value, Arguments arguments, RenderState state) =>
        Pick(value, arguments.Required(state, 0, "attribute"), arguments.Skip(1), keep: true, state);

    public static object? RejectAttribute(object? value, Arguments arguments, RenderState state) =>
        Pick(value, arguments.Required(state, 0, "attribute"), arguments.Skip(1), keep: false, state);

    /// <summary>
    /// A path of attributes separated by dots, in which numbers are indexes, or a number by itself. What is found on the way can be
    /// replaced.
    /// </summary>
    public static object? AttributeOf(object? item, object? path, RenderState state, Func<object?, object?>? replace = null)
    {
        if (path is not TemplateText text)
        {
            object? found = Access.Item(item, path, state);
            return replace is null ? found : replace(found);
        }

        state.SpendOnText(text.Length);
        foreach (string part in text.Value.Split('.'))
        {
            state.Spend(1);
            item = long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out long index)
                ? Access.Item(item, index, state)
                : Access.Item(item, new TemplateText(part), state);
            if (replace is not null) item = replace(item);
        }

        return item;
    }

    private static object? Nested(Filter filter, object? item, Arguments arguments, RenderState state)
    {
        int outer = state.PushDepth(state.Line);
        state.SpendOn(item);
        object? result = filter(item, arguments, state);
        state.PopDepth(outer);
        return result;
    }

    /// <summary>Items whose value passes the test the arguments name; without one, those that are true.</summary>
    private static List<object?> Pick(object? value, object? attribute, Arguments arguments, bool keep, RenderState state)
    {
        Test? test = null;
        if (arguments.Count > 0)
        {
            string name = (arguments[0] as TemplateText)?.Value ?? "";
            if (!TestTable.TryGet(Spelled(name), out test)) throw state.Fail($"the test '{name}' given to a filter is not supported.");
        }

        Arguments rest = arguments.Skip(1);
        var picked = new List<object?>();
        foreach (object? item in TemplateValue.Iterate(value, state))
        {
            state.Spend(1);
            object? tested = attribute is null ? item : AttributeOf(item, attribute, state);
            bool passes = test is null ? TemplateValue.IsTrue(tested) : test(tested, rest, state);
            if (passes == keep) picked.Add(item);
        }

        return picked;
    }

    /// <summary>Here comparisons may also be given as symbols.</summary>
    private static string Spelled(string test) => test switch
    {
        "==" => "eq",
        "!=" => "ne",
        "<" => "lt",
        "<=" => "le",
        ">" => "gt",
        ">=" => "ge",
        _ => test,
    };
}
