using System.Globalization;
using Trireme.Inference.Templates.Formatting;
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
        new("partition", Partition),
        new("rpartition", Partition),
        new("replace", ReplaceMethod),
        new("removeprefix", RemoveEnd),
        new("removesuffix", RemoveEnd),
        new("find", Boxed(Find)),
        new("rfind", Boxed(Find)),
        new("index", Boxed(Find)),
        new("rindex", Boxed(Find)),
        new("count", Boxed(Count)),
        new("join", Join),
        new("format", static (target, _, arguments, state) => new BraceFormat(arguments, state).Apply((TemplateText)target)),
        new("center", Align),
        new("ljust", Align),
        new("rjust", Align),
        new("zfill", FillWithZeros),
        new("expandtabs", ExpandTabs),
        new("upper", Changed(LetterCase.Upper)),
        new("lower", Changed(LetterCase.Lower)),
        new("casefold", Changed(LetterCase.Fold)),
        new("swapcase", Changed(LetterCase.Swap)),
        new("capitalize", Changed(LetterCase.Capitalize)),
        new("title", Changed(static text => LetterCase.Title(text, static before => !char.IsLetter(before)))),
        new("isdigit", Asked(static text => text.Length > 0 && text.All(IsDigit))),
        new("isdecimal", Asked(static text => text.Length > 0 && text.All(char.IsDigit))),
        new("isnumeric", Asked(static text => text.Length > 0 && text.All(char.IsNumber))),
        new("isalpha", Asked(static text => text.Length > 0 && text.All(char.IsLetter))),
        new("isalnum", Asked(static text => text.Length > 0 && text.All(static unit => char.IsLetter(unit) || char.IsNumber(unit)))),
        new("isascii", Asked(static text => text.All(char.IsAscii))),
        new("isspace", Asked(static text => text.Length > 0 && text.All(PythonText.IsSpace))),
        new("isupper", Asked(LetterCase.IsUpper)),
        new("islower", Asked(LetterCase.IsLower)),
        new("istitle", Asked(LetterCase.IsTitle)),
    ];

    private static Method Boxed<T>(Func<object, string, Arguments, RenderState, T> body)
        where T : struct =>
        (target, name, arguments, state) => body(target, name, arguments, state);

    private static Method Changed(Func<string, string> body) => (target, name, arguments, state) =>
    {
        arguments.Limit(state, $"'{name}'");
        var text = (TemplateText)target;
        return state.Charge(text.Become(body(text.Value)));
    };

    private static Method Asked(Func<string, bool> body) => (target, name, arguments, state) =>
    {
        arguments.Limit(state, $"'{name}'");
        return body(((TemplateText)target).Value);
    };

    private static bool IsDigit(char unit) => char.IsDigit(unit) || "²³¹".Contains(unit, StringComparison.Ordinal)
        || (CharUnicodeInfo.GetUnicodeCategory(unit) == UnicodeCategory.OtherNumber && CharUnicodeInfo.GetDigitValue(unit) >= 0);

    /// <summary>The part of the text that start and end leave, in units; nothing where the start lies behind the end.</summary>
    private static (int Start, int End)? Window(TemplateText text, Arguments arguments, RenderState state)
    {
        long count = CodePoints.Count(text.Value);
        long start = arguments.Integer(state, 1, "start", 0), end = arguments.Integer(state, 2, "end", count);
        if (start < 0) start = Math.Max(0, start + count);
        if (end < 0) end = Math.Max(0, end + count);
        end = Math.Min(end, count);
        return start > end ? null : (CodePoints.UnitAt(text.Value, start), CodePoints.UnitAt(text.Value, end));
    }

    /// <summary>One part, or several of which any will do.</summary>
    private static bool HasEnd(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, $"'{name}'", "prefix", "start", "end");
        object? parts = arguments.Required(state, 0, "prefix");
        var text = (TemplateText)target;
        (int Start, int End)? window = Window(text, arguments, state);
        foreach (object? part in parts as List<object?> ?? [parts])
        {
            if (part is not TemplateText end) throw state.Fail($"'{name}' needs a string.");
            state.SpendOnText(end.Length);
            if (window is not { } range) continue;
            ReadOnlySpan<char> seen = text.Value.AsSpan(range.Start, range.End - range.Start);
            bool has = name == "startswith"
                ? seen.StartsWith(end.Value, StringComparison.Ordinal)
                : seen.EndsWith(end.Value, StringComparison.Ordinal);
            if (has) return true;
        }

        return false;
    }

    private static TemplateText Strip(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, $"'{name}'", "chars");
        TemplateText? characters = arguments.OptionalText(state, 0, "chars");
        return state.Charge(((TemplateText)target).Trim(
            unit => characters?.Value.Contains(unit, StringComparison.Ordinal) ?? PythonText.IsSpace(unit),
            atStart: name != "rstrip",
            atEnd: name != "lstrip"));
    }

    private static List<object?> Split(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, $"'{name}'", "sep", "maxsplit");
        var text = (TemplateText)target;
        string? separator = arguments.OptionalText(state, 0, "sep")?.Value;
        long most = arguments.Integer(state, 1, "maxsplit", -1);
        if (separator is "") throw state.Fail($"'{name}' needs a separator.");
        if (name == "rsplit" && most >= 0)
        {
            return separator is null
                ? TextSearch.SplitOnSpaceFromEnd(text, most, state)
                : TextSearch.SplitFromEnd(text, separator, most, state);
        }

        int count = most < 0 ? int.MaxValue : (int)Math.Min(most, int.MaxValue - 1) + 1;
        return separator is null ? TextSearch.SplitOnSpace(text, count, state) : TextSearch.Split(text, separator, count, state);
    }

    private static List<object?> SplitLines(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'splitlines'", "keepends");
        return [.. PythonText.Lines((TemplateText)target, arguments.Flag(0, "keepends", false), state)];
    }

    /// <summary>What stands before the separator, the separator, and what stands behind it.</summary>
    private static TemplateTuple Partition(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, $"'{name}'", "sep");
        var text = (TemplateText)target;
        string separator = arguments.RequiredText(state, 0, "sep").Value;
        if (separator.Length == 0) throw state.Fail($"'{name}' needs a separator.");
        bool fromEnd = name == "rpartition";
        int found = fromEnd
            ? text.Value.LastIndexOf(separator, StringComparison.Ordinal)
            : text.Value.IndexOf(separator, StringComparison.Ordinal);
        if (found < 0) return fromEnd ? [TemplateText.Empty, TemplateText.Empty, text] : [text, TemplateText.Empty, TemplateText.Empty];
        int end = found + separator.Length;
        return [text.Slice(0, found), text.Slice(found, separator.Length), text.Slice(end, text.Length - end)];
    }

    private static TemplateText ReplaceMethod(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'replace'", "old", "new", "count");
        string old = arguments.RequiredText(state, 0, "old").Value;
        TemplateText replacement = arguments.RequiredText(state, 1, "new");
        return TextSearch.Replace((TemplateText)target, old, replacement, arguments.Integer(state, 2, "count", -1), state);
    }

    private static TemplateText RemoveEnd(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, $"'{name}'", "part");
        var text = (TemplateText)target;
        string part = arguments.RequiredText(state, 0, "part").Value;
        if (name == "removeprefix")
        {
            return text.Value.StartsWith(part, StringComparison.Ordinal)
                ? state.Charge(text.Slice(part.Length, text.Length - part.Length))
                : text;
        }

        return text.Value.EndsWith(part, StringComparison.Ordinal) ? state.Charge(text.Slice(0, text.Length - part.Length)) : text;
    }

    private static long Find(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, $"'{name}'", "sub", "start", "end");
        var text = (TemplateText)target;
        string part = arguments.RequiredText(state, 0, "sub").Value;
        int found = -1;
        if (Window(text, arguments, state) is var (start, end))
        {
            ReadOnlySpan<char> seen = text.Value.AsSpan(start, end - start);
            bool fromEnd = name is "rfind" or "rindex";
            found = fromEnd ? seen.LastIndexOf(part, StringComparison.Ordinal) : seen.IndexOf(part, StringComparison.Ordinal);
            if (found >= 0) found += start;
        }

        if (found < 0 && name is "index" or "rindex") throw state.Fail($"the text given to '{name}' is not in the string.");
        return found < 0 ? -1L : CodePoints.Count(text.Value.AsSpan(0, found));
    }

    private static long Count(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'count'", "sub", "start", "end");
        var text = (TemplateText)target;
        string part = arguments.RequiredText(state, 0, "sub").Value;
        if (Window(text, arguments, state) is not var (start, end)) return 0;
        ReadOnlySpan<char> seen = text.Value.AsSpan(start, end - start);
        return part.Length == 0 ? CodePoints.Count(seen) + 1L : seen.Count(part);
    }

    private static TemplateText Join(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'join'", "iterable");
        var output = new BoundedText(state);
        bool first = true;
        foreach (object? item in TemplateValue.Iterate(arguments.Required(state, 0, "iterable"), state))
        {
            if (item is not TemplateText part) throw state.Fail($"'join' needs strings, not {TemplateValue.TypeName(item)}.");
            if (!first) output.Add((TemplateText)target);
            first = false;
            output.Add(part);
        }

        return output.ToText();
    }

    private static TemplateText Align(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, $"'{name}'", "width", "fillchar");
        var text = (TemplateText)target;
        _ = arguments.Required(state, 0, "width");
        long width = arguments.Integer(state, 0, "width", 0);
        TemplateText fill = arguments.OptionalText(state, 1, "fillchar") ?? new TemplateText(" ");
        if (name == "center") return TextSearch.Center(text, width, fill, state);
        long missing = Math.Max(0, width - CodePoints.Count(text.Value));
        return name == "ljust" ? TextSearch.Pad(text, 0, missing, fill, state) : TextSearch.Pad(text, missing, 0, fill, state);
    }

    private static TemplateText FillWithZeros(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'zfill'", "width");
        var text = (TemplateText)target;
        _ = arguments.Required(state, 0, "width");
        long missing = Math.Max(0, arguments.Integer(state, 0, "width", 0) - CodePoints.Count(text.Value));
        if (missing > RenderState.TextLengthMax) throw state.TooLong();
        int sign = text.Value is ['+' or '-', ..] ? 1 : 0;
        var output = new BoundedText(state);
        output.Add(text, 0, sign);
        for (long i = 0; i < missing; i++) output.Append('0');
        output.Add(text, sign, text.Length - sign);
        return output.ToText();
    }

    private static TemplateText ExpandTabs(object target, string name, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "'expandtabs'", "tabsize");
        long size = arguments.Integer(state, 0, "tabsize", 8);
        var output = new BoundedText(state);
        long column = 0;
        foreach (TemplateText point in CodePoints.Of((TemplateText)target, state))
        {
            if (point.Value == "\t")
            {
                if (size > RenderState.TextLengthMax) throw state.TooLong();
                for (long i = size > 0 ? size - column % size : 0; i > 0; i--, column++) output.Append(' ');
                continue;
            }

            column = point.Value is "\n" or "\r" ? 0 : column + 1;
            output.Add(point);
        }

        return output.ToText();
    }
}
