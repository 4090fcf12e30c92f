using System.Globalization;

namespace Trireme.Inference.Templates.Runtime;

/// <summary>Writes values as Python's json.dumps does, to the byte: models were trained on its spacing.</summary>
internal sealed class JsonText(BoundedText output, RenderState state, JsonTextOptions options)
{
    // Lists can be made to hold themselves.
    private const int DepthMax = 100;

    public void Write(object? value) => Write(value, 0);

    private void Write(object? value, int depth)
    {
        if (depth > DepthMax) throw state.Fail($"'tojson' writes values nested at most {DepthMax} levels deep.");
        switch (value)
        {
            case null:
                output.Append("null");
                break;
            case bool flag:
                output.Append(flag ? "true" : "false");
                break;
            case long number:
                output.Append(number.ToString(CultureInfo.InvariantCulture));
                break;
            case double number:
                output.Append(OfReal(number));
                break;
            case string text:
                WriteString(text);
                break;
            case List<object?> list:
                WriteList(list, depth);
                break;
            case TemplateMap map:
                WriteMap(map, depth);
                break;
            default:
                throw state.Fail($"'tojson' cannot write {TemplateValue.TypeName(value)}.");
        }
    }

    private void WriteList(List<object?> list, int depth)
    {
        output.Append('[');
        for (int i = 0; i < list.Count; i++)
        {
            Separate(i == 0, depth + 1);
            Write(list[i], depth + 1);
        }

        if (list.Count > 0) BreakLine(depth);
        output.Append(']');
    }

    private void WriteMap(TemplateMap map, int depth)
    {
        output.Append('{');
        bool first = true;
        IEnumerable<KeyValuePair<string, object?>> entries = map;
        if (options.SortKeys) entries = map.OrderBy(entry => entry.Key, StringComparer.Ordinal);
        foreach ((string key, object? value) in entries)
        {
            Separate(first, depth + 1);
            first = false;
            WriteString(key);
            output.Append(options.KeySeparator);
            Write(value, depth + 1);
        }

        if (!first) BreakLine(depth);
        output.Append('}');
    }

    private void Separate(bool first, int depth)
    {
        if (!first) output.Append(options.ItemSeparator);
        BreakLine(depth);
    }

    private void BreakLine(int depth)
    {
        if (options.Indent is null) return;
        output.Append('\n');
        for (int i = 0; i < depth; i++) output.Append(options.Indent);
    }

    private static string OfReal(double value) => double.IsNaN(value) ? "NaN"
        : double.IsInfinity(value) ? value > 0 ? "Infinity" : "-Infinity"
        : ValueText.OfReal(value);

    private void WriteString(string text)
    {
        output.Append('"');
        int plain = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (Escape(text[i]) is not { } escape) continue;
            output.Append(text.AsSpan(plain, i - plain));
            output.Append(escape);
            plain = i + 1;
        }

        output.Append(text.AsSpan(plain));
        output.Append('"');
    }

    private string? Escape(char character) => character switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\b' => "\\b",
        '\f' => "\\f",
        < ' ' => $"\\u{(int)character:x4}",
        > '~' when options.EnsureAscii => $"\\u{(int)character:x4}",
        _ => null,
    };
}

/// <summary>The arguments of json.dumps.</summary>
internal sealed record JsonTextOptions(string? Indent, string ItemSeparator, string KeySeparator, bool EnsureAscii, bool SortKeys);
