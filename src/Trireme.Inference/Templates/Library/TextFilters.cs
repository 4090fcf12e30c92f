using System.Text;
using Trireme.Inference.Templates.Formatting;
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
        TemplateText? indent = null;
        if (arguments.TryGet(1, "indent", out object? given) && given is not null)
        {
            indent = given switch
            {
                long count and <= IndentMax => new TemplateText(new string(' ', (int)Math.Max(0, count))),
                TemplateText text when text.Length <= IndentMax => text,
                _ => throw state.Fail($"'indent' must be a number up to {IndentMax} or a short string."),
            };
        }

        JsonTextOptions options = JsonTextOptions.Standard with
        {
            Indent = indent,
            EnsureAscii = arguments.Flag(0, "ensure_ascii", false),
            SortKeys = arguments.Flag(3, "sort_keys", false),
        };
        if (indent is not null) options = options with { ItemSeparator = new TemplateText(",") };
        if (arguments.TryGet(2, "separators", out object? separators) && separators is not null)
        {
            options = separators is List<object?> { Count: 2 } pair && pair[0] is TemplateText first && pair[1] is TemplateText second
                ? options with { ItemSeparator = first, KeySeparator = second }
                : throw state.Fail("'separators' must be two strings.");
        }

        var output = new BoundedText(state);
        new JsonText(output, state, options).Write(value);
        return output.ToText();
    }

    public static object? Text(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "this filter");
        return ValueText.Of(value, state);
    }

    public static object? Trim(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'trim'", "chars");
        TemplateText text = ValueText.Of(value, state);
        TemplateText? characters = arguments.OptionalText(state, 0, "chars");
        return state.Charge(text.Trim(unit => characters?.Value.Contains(unit, StringComparison.Ordinal) ?? PythonText.IsSpace(unit)));
    }

    public static object? Upper(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'upper'");
        TemplateText text = ValueText.Of(value, state);
        return state.Charge(text.Become(LetterCase.Upper(text.Value)));
    }

    public static object? Lower(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'lower'");
        TemplateText text = ValueText.Of(value, state);
        return state.Charge(text.Become(LetterCase.Lower(text.Value)));
    }

    public static object? Capitalize(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'capitalize'");
        TemplateText text = ValueText.Of(value, state);
        return state.Charge(text.Become(LetterCase.Capitalize(text.Value)));
    }

    /// <summary>A word begins after white space, a hyphen or an opening bracket; an apostrophe begins none, unlike in the method.</summary>
    public static object? Title(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'title'");
        TemplateText text = ValueText.Of(value, state);
        string title = LetterCase.Title(text.Value, static before => PythonText.IsSpace(before) || "-({[<".Contains(before));
        return state.Charge(text.Become(title));
    }

    public static object? Replace(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'replace'", "old", "new", "count");
        return TextSearch.Replace(
            ValueText.Of(value, state),
            ValueText.Of(arguments.Required(state, 0, "old"), state).Value,
            ValueText.Of(arguments.Required(state, 1, "new"), state),
            arguments.Integer(state, 2, "count", -1),
            state);
    }

    public static object? Indent(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'indent'", "width", "first", "blank");
        TemplateText margin = arguments.TryGet(0, "width", out object? given) && given is TemplateText own
            ? own
            : new TemplateText(new string(' ', (int)Math.Clamp(arguments.Integer(state, 0, "width", 4), 0, IndentMax)));
        bool first = arguments.Flag(1, "first", false);
        bool blank = arguments.Flag(2, "blank", false);
        var output = new BoundedText(state);
        TemplateText text = ValueText.Of(value, state);
        List<TemplateText> lines = PythonText.Lines(text, keepsEnds: false, state);
        // Jinja ends the text with a line break first, so that one at its end keeps its line.
        if (text.Length == 0 || PythonText.IsLineBreak(text.Value[^1])) lines.Add(TemplateText.Empty);
        for (int i = 0; i < lines.Count; i++)
        {
            if (i > 0) output.Append('\n');
            if (i == 0 ? first : blank || lines[i].Length > 0) output.Add(margin);
            output.Add(lines[i]);
        }

        return output.ToText();
    }

    /// <summary>The text with its '%' places filled in, by position or by name.</summary>
    public static object? Format(object? value, Arguments arguments, RenderState state)
    {
        if (arguments.Count > 0 && arguments.Named.Count > 0) throw state.Fail("'format' takes values with or without names, not both.");
        var named = new TemplateMap();
        foreach ((string name, object? item) in arguments.Named) named.Set(name, item);
        object values = arguments.Named.Count > 0 ? named : new TemplateTuple(arguments.From(0));
        return PercentFormat.Apply(ValueText.Of(value, state), values, state);
    }

    public static object? Center(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'center'", "width");
        return TextSearch.Center(ValueText.Of(value, state), arguments.Integer(state, 0, "width", 80), new TemplateText(" "), state);
    }

    /// <summary>At most so many characters, cut between words unless it says otherwise.</summary>
    public static object? Truncate(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'truncate'", "length", "killwords", "end", "leeway");
        TemplateText text = ValueText.Of(value, state);
        long length = arguments.Integer(state, 0, "length", 255);
        TemplateText end = arguments.OptionalText(state, 2, "end") ?? new TemplateText("...");
        long leeway = arguments.Integer(state, 3, "leeway", 5);
        long kept = length - CodePoints.Count(end.Value);
        if (kept < 0 || leeway < 0) throw state.Fail("'truncate' needs a length of at least that of its end, and a leeway of at least 0.");
        if (CodePoints.Count(text.Value) <= length + leeway) return text;
        int cut = CodePoints.UnitAt(text.Value, kept);
        int space = text.Value.LastIndexOf(' ', Math.Max(0, cut - 1), cut);
        if (!arguments.Flag(1, "killwords", false) && space >= 0) cut = space;
        var output = new BoundedText(state);
        output.Add(text, 0, cut);
        output.Add(end);
        return output.ToText();
    }

    public static object? WordCount(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'wordcount'");
        TemplateText text = ValueText.Of(value, state);
        state.Spend(text.Length);
        long words = 0;
        bool inWord = false;
        foreach (Rune rune in text.Value.EnumerateRunes())
        {
            bool isWord = Rune.IsLetter(rune) || Rune.IsNumber(rune) || rune.Value == '_';
            if (isWord && !inWord) words++;
            inWord = isWord;
        }

        return words;
    }
}
