using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Library;

/// <summary>Filters that give text.</summary>
internal static class TextFilters
{
    private const int IndentMax = 64;

    /// <summary>transformers' own tojson: json.dumps without HTML escapes, and with characters beyond ASCII as they are.</summary>
    public static object? ToJson(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'tojson'", "ensure_ascii", "indent", "separators", "sort_keys");
        string? indent = null;
        if (arguments.TryGet(1, "indent", out object? given) && given is not null)
        {
            indent = given switch
            {
                long count and >= 0 and <= IndentMax => new string(' ', (int)count),
                string text when text.Length <= IndentMax => text,
                _ => throw state.Fail($"'indent' must be a number from 0 to {IndentMax} or a short string."),
            };
        }

        (string item, string key) = (indent is null ? ", " : ",", ": ");
        if (arguments.TryGet(2, "separators", out object? separators) && separators is not null)
        {
            (item, key) = separators is List<object?> { Count: 2 } pair && pair[0] is string first && pair[1] is string second
                ? (first, second)
                : throw state.Fail("'separators' must be two strings.");
        }

        var output = new BoundedText(state);
        var options = new JsonTextOptions(
            indent, item, key, EnsureAscii: arguments.Flag(0, "ensure_ascii", false), SortKeys: arguments.Flag(3, "sort_keys", false));
        new JsonText(output, state, options).Write(value);
        return output.ToString();
    }

    public static object? Text(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "this filter");
        return ValueText.Of(value, state);
    }

    public static object? Trim(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'trim'", "chars");
        string text = ValueText.Of(value, state);
        string? characters = arguments.OptionalText(state, 0, "chars");
        return state.Charge(characters is null ? text.Trim() : text.Trim(characters.ToCharArray()));
    }

    public static object? Upper(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'upper'");
        return state.Charge(ValueText.Of(value, state).ToUpperInvariant());
    }

    public static object? Lower(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'lower'");
        return state.Charge(ValueText.Of(value, state).ToLowerInvariant());
    }

    public static object? Capitalize(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'capitalize'");
        return state.Charge(LetterCase.Capitalize(ValueText.Of(value, state)));
    }

    /// <summary>A word begins after white space, a hyphen or an opening bracket; an apostrophe begins none, unlike in the method.</summary>
    public static object? Title(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'title'");
        string text = ValueText.Of(value, state);
        return state.Charge(LetterCase.Title(text, static before => char.IsWhiteSpace(before) || "-({[<".Contains(before)));
    }

    public static object? Replace(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'replace'", "old", "new", "count");
        return TextMethods.Replace(
            ValueText.Of(value, state),
            ValueText.Of(arguments.Required(state, 0, "old"), state),
            ValueText.Of(arguments.Required(state, 1, "new"), state),
            arguments.Integer(state, 2, "count", -1),
            state);
    }

    public static object? Indent(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'indent'", "width", "first", "blank");
        string margin = arguments.TryGet(0, "width", out object? given) && given is string own
            ? own
            : new string(' ', (int)Math.Clamp(arguments.Integer(state, 0, "width", 4), 0, IndentMax));
        bool first = arguments.Flag(1, "first", false);
        bool blank = arguments.Flag(2, "blank", false);
        var output = new BoundedText(state);
        bool isFirst = true;
        foreach (ReadOnlySpan<char> line in ValueText.Of(value, state).AsSpan().EnumerateLines())
        {
            if (!isFirst) output.Append('\n');
            if (isFirst ? first : blank || !line.IsEmpty) output.Append(margin);
            output.Append(line);
            isFirst = false;
        }

        return output.ToString();
    }
}
