using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Library;

/// <summary>Python's methods of strings.</summary>
internal static class TextMethods
{
    public static IEnumerable<KeyValuePair<string, Method>> All =>
    [
        new("startswith", Boxed(HasEnd)),
        new("endswith", Boxed(HasEnd)),
        new("strip", Strip),
        new("lstrip", Strip),
        new("rstrip", Strip),
        new("split", Split),
        new("rsplit", Split),
        new("splitlines", SplitLines),
        new("replace", ReplaceMethod),
        new("removeprefix", RemoveEnd),
        new("removesuffix", RemoveEnd),
        new("find", Boxed(Find)),
        new("rfind", Boxed(Find)),
        new("index", Boxed(Find)),
        new("count", Boxed(Count)),
        new("join", Join),
        new("upper", Plain(static text => text.ToUpperInvariant())),
        new("lower", Plain(static text => text.ToLowerInvariant())),
        new("capitalize", Plain(LetterCase.Capitalize)),
        new("title", Plain(static text => LetterCase.Title(text, static before => !char.IsLetter(before)))),
        new("isdigit", Plain(static text => text.Length > 0 && text.All(char.IsDigit))),
        new("isalpha", Plain(static text => text.Length > 0 && text.All(char.IsLetter))),
        new("isalnum", Plain(static text => text.Length > 0 && text.All(char.IsLetterOrDigit))),
        new("isspace", Plain(static text => text.Length > 0 && text.All(char.IsWhiteSpace))),
        new("isupper", Plain(static text => LetterCase.IsUpper(text))),
        new("islower", Plain(static text => LetterCase.IsLower(text))),
    ];

    /// <summary>Replaces the first <paramref name="count"/> occurrences; all when negative.</summary>
    public static string Replace(string text, string old, string replacement, long count, RenderState state)
    {
        if (old.Length == 0) throw state.Fail("'replace' needs something to replace.");
        var output = new BoundedText(state);
        int position = 0;
        for (; count != 0; count--)
        {
            int found = text.IndexOf(old, position, StringComparison.Ordinal);
            if (found < 0) break;
            output.Append(text.AsSpan(position, found - position));
            output.Append(replacement);
            position = found + old.Length;
        }

        output.Append(text.AsSpan(position));
        return output.ToString();
    }

    private static Method Boxed<T>(Func<object, string, Arguments, RenderState, T> body)
        where T : struct =>
        (target, name, arguments, state) => body(target, name, arguments, state);

    private static Method Plain(Func<string, object> body) => (target, name, arguments, state) =>
    {
        arguments.Limit(state, $"'{name}'");
        object result = body((string)target);
        return result is string text ? state.Charge(text) : result;
    };

    /// <summary>One part, or several of which any will do.</summary>
    private static bool HasEnd(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, $"'{name}'", "prefix");
        object? parts = arguments.Required(state, 0, "prefix");
        foreach (object? part in parts as List<object?> ?? [parts])
        {
            if (part is not string end) throw state.Fail($"'{name}' needs a string.");
            state.SpendOnText(end.Length);
            bool has = name == "startswith"
                ? ((string)target).StartsWith(end, StringComparison.Ordinal)
                : ((string)target).EndsWith(end, StringComparison.Ordinal);
            if (has) return true;
        }

        return false;
    }

    private static object? Strip(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, $"'{name}'", "chars");
        ReadOnlySpan<char> text = (string)target;
        string? characters = arguments.OptionalText(state, 0, "chars");
        if (name != "rstrip") text = characters is null ? text.TrimStart() : text.TrimStart(characters);
        if (name != "lstrip") text = characters is null ? text.TrimEnd() : text.TrimEnd(characters);
        // An empty set strips nothing, where the span methods would take white space.
        return characters is "" ? target : state.Charge(text.ToString());
    }

    private static List<object?> Split(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, $"'{name}'", "sep", "maxsplit");
        var text = (string)target;
        string? separator = arguments.OptionalText(state, 0, "sep");
        long most = arguments.Integer(state, 1, "maxsplit", -1);
        if (separator is "") throw state.Fail($"'{name}' needs a separator.");
        if (name == "rsplit" && separator is not null && most >= 0) return SplitFromEnd(text, separator, most, state);
        if (name == "rsplit" && most >= 0) throw state.Fail("'rsplit' with a limit needs a separator.");
        int count = most < 0 ? int.MaxValue : (int)Math.Min(most, int.MaxValue - 1) + 1;
        if (separator is null) return SplitOnSpace(text, count, state);
        state.Spend(text.AsSpan().Count(separator));
        return new List<object?>(text.Split(separator, count));
    }

    private static List<object?> SplitOnSpace(string text, int count, RenderState state)
    {
        var parts = new List<object?>();
        ReadOnlySpan<char> rest = text.AsSpan().TrimStart();
        while (!rest.IsEmpty)
        {
            state.Spend(1);
            int end = 0;
            while (end < rest.Length && !char.IsWhiteSpace(rest[end])) end++;
            if (parts.Count == count - 1) end = rest.Length;
            parts.Add(rest[..end].ToString());
            rest = rest[end..].TrimStart();
        }

        return parts;
    }

    private static List<object?> SplitFromEnd(string text, string separator, long most, RenderState state)
    {
        var parts = new List<object?>();
        int end = text.Length;
        while (parts.Count < most)
        {
            state.Spend(1);
            int found = text.AsSpan(0, end).LastIndexOf(separator, StringComparison.Ordinal);
            if (found < 0) break;
            parts.Add(text[(found + separator.Length)..end]);
            end = found;
        }

        parts.Add(text[..end]);
        parts.Reverse();
        return parts;
    }

    private static List<object?> SplitLines(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'splitlines'");
        var lines = new List<object?>();
        foreach (ReadOnlySpan<char> line in ((string)target).AsSpan().EnumerateLines())
        {
            state.Spend(1);
            lines.Add(line.ToString());
        }

        // A line break at the end begins no line in Python.
        if (lines[^1] is "") lines.RemoveAt(lines.Count - 1);
        return lines;
    }

    private static string ReplaceMethod(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'replace'", "old", "new", "count");
        string old = arguments.RequiredText(state, 0, "old");
        string replacement = arguments.RequiredText(state, 1, "new");
        return Replace((string)target, old, replacement, arguments.Integer(state, 2, "count", -1), state);
    }

    private static string RemoveEnd(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, $"'{name}'", "part");
        var text = (string)target;
        string part = arguments.RequiredText(state, 0, "part");
        if (name == "removeprefix") return text.StartsWith(part, StringComparison.Ordinal) ? state.Charge(text[part.Length..]) : text;
        return text.EndsWith(part, StringComparison.Ordinal) ? state.Charge(text[..^part.Length]) : text;
    }

    private static long Find(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, $"'{name}'", "sub");
        var text = (string)target;
        string part = arguments.RequiredText(state, 0, "sub");
        int found = name == "rfind" ? text.LastIndexOf(part, StringComparison.Ordinal) : text.IndexOf(part, StringComparison.Ordinal);
        if (found < 0 && name == "index") throw state.Fail("the text given to 'index' is not in the string.");
        return found < 0 ? -1L : (long)CodePoints.Count(text[..found]);
    }

    private static long Count(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'count'", "sub");
        string part = arguments.RequiredText(state, 0, "sub");
        if (part.Length == 0) throw state.Fail("'count' needs something to count.");
        return (long)((string)target).AsSpan().Count(part);
    }

    private static string Join(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'join'", "iterable");
        var output = new BoundedText(state);
        bool first = true;
        foreach (object? item in TemplateValue.Iterate(arguments.Required(state, 0, "iterable"), state))
        {
            if (item is not string part) throw state.Fail($"'join' needs strings, not {TemplateValue.TypeName(item)}.");
            if (!first) output.Append((string)target);
            first = false;
            output.Append(part);
        }

        return output.ToString();
    }
}
