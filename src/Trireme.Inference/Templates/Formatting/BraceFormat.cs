using System.Globalization;
using System.Text;
using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Formatting;

/// <summary>Python's text.format(values).</summary>
internal sealed class BraceFormat(Arguments arguments, RenderState state)
{
    private int _automatic;

    public TemplateText Apply(TemplateText format)
    {
        var output = new BoundedText(state);
        string text = format.Value;
        int at = 0;
        while (at < text.Length)
        {
            int brace = text.AsSpan(at).IndexOfAny('{', '}');
            int end = brace < 0 ? text.Length : at + brace;
            output.Add(format, at, end - at);
            if (brace < 0) break;
            if (end + 1 < text.Length && text[end + 1] == text[end])
            {
                output.Add(format, end, 1);
                at = end + 2;
                continue;
            }

            if (text[end] == '}') throw state.Fail($"'format' finds a '{text[end]}' that means nothing.");
            int close = Close(text, end);
            WriteField(format.Slice(end + 1, close - end - 1), output);
            at = close + 1;
        }

        return output.ToText();
    }

    private int Close(string text, int open)
    {
        int depth = 0;
        for (int i = open; i < text.Length; i++)
        {
            if (text[i] == '{') depth++;
            if (text[i] == '}' && --depth == 0) return i;
        }

        throw state.Fail("'format' finds a '{' without its '}'.");
    }

    private void WriteField(TemplateText field, BoundedText output)
    {
        state.Spend(1);
        int end = field.Value.AsSpan().IndexOfAny('!', ':');
        string path = end < 0 ? field.Value : field.Value[..end];
        object? value = Find(path);
        int at = Math.Max(end, 0);
        if (end >= 0 && field.Value[end] == '!')
        {
            char? conversion = end + 1 < field.Length ? field.Value[end + 1] : null;
            value = conversion switch
            {
                's' => ValueText.Of(value, state),
                'r' or 'a' => ValueText.Quoted(value, state),
                _ => throw state.Fail("'format' knows the conversions !s, !r and !a."),
            };
            at = end + 2;
        }

        string rest = end < 0 ? "" : field.Value[at..];
        if (rest.Length > 0 && rest[0] != ':') throw state.Fail($"'{{{field}}}' is no field of 'format'.");
        string spec = rest.Length > 1 ? Specification(rest[1..]) : "";
        FieldFormat.Write(value, FormatSpec.Parse(spec, state), output, state);
    }

    /// <summary>A specification may hold fields, which may hold none.</summary>
    private string Specification(string text)
    {
        if (!text.Contains('{', StringComparison.Ordinal)) return text;
        var output = new StringBuilder();
        for (int at = 0; at < text.Length;)
        {
            int open = text.IndexOf('{', at);
            output.Append(text, at, (open < 0 ? text.Length : open) - at);
            if (open < 0) break;
            int close = Close(text, open);
            output.Append(ValueText.Of(Find(text[(open + 1)..close]), state).Value);
            at = close + 1;
        }

        return output.ToString();
    }

    /// <summary>name.attribute[index], in which the name may be a number or left out.</summary>
    private object? Find(string path)
    {
        int end = path.AsSpan().IndexOfAny('.', '[');
        string name = end < 0 ? path : path[..end];
        object? value = Argument(name);
        for (int at = end < 0 ? path.Length : end; at < path.Length;)
        {
            state.Spend(1);
            if (path[at] == '.')
            {
                int next = path.AsSpan(at + 1).IndexOfAny('.', '[');
                int stop = next < 0 ? path.Length : at + 1 + next;
                value = Access.OwnAttribute(value, path[(at + 1)..stop]);
                at = stop;
                continue;
            }

            int close = path.IndexOf(']', at);
            if (path[at] != '[' || close < 0) throw state.Fail($"'{{{path}}}' is no field of 'format'.");
            string key = path[(at + 1)..close];
            value = long.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out long index)
                ? Access.Item(value, index, state)
                : Access.Item(value, new TemplateText(key), state);
            at = close + 1;
        }

        return value is Undefined undefined ? throw state.Fail($"{undefined.Description} is undefined, so 'format' cannot use it.") : value;
    }

    private object? Argument(string name)
    {
        if (name.Length > 0 && !int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _))
        {
            return arguments.Named.TryGetValue(name, out object? named) ? named : throw state.Fail($"'format' is given no '{name}'.");
        }

        int index = name.Length == 0 ? _automatic++ : int.Parse(name, CultureInfo.InvariantCulture);
        return index < arguments.Count ? arguments[index] : throw state.Fail($"'format' is given no value {index}.");
    }
}
