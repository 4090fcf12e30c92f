using System.Globalization;
using System.Numerics;
using Trireme.Inference.Tokenizers;

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
            case TemplateText text:
                WriteString(text);
                break;
            case List<object?> list:
                WriteList(list, depth);
                break;
            case TemplateMap map:
                WriteMap(map, depth);
                break;
            default:
                output.Append(Plain(value) ?? throw state.Fail($"'tojson' cannot write {TemplateValue.TypeName(value)}."));
                break;
        }
    }

    private static string? Plain(object? value) => value switch
    {
        null => "null",
        bool flag => flag ? "true" : "false",
        long number => number.ToString(CultureInfo.InvariantCulture),
        BigInteger number => number.ToString(CultureInfo.InvariantCulture),
        double number => double.IsNaN(number) ? "NaN"
            : double.IsInfinity(number) ? number > 0 ? "Infinity" : "-Infinity"
            : ValueText.OfReal(number),
        _ => null,
    };

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
        IEnumerable<TemplateMap.Entry> entries = map.Entries;
        if (options.SortKeys)
        {
            List<(object? Key, object? Item)> keyed = [.. map.Entries.Select(static entry => (entry.Key, (object?)entry))];
            entries = Library.ListFilters.Sorted(keyed, reverse: false, state).ConvertAll(static entry => (TemplateMap.Entry)entry!);
        }

        foreach ((object? key, object? value) in entries)
        {
            Separate(first, depth + 1);
            first = false;
            WriteString(key as TemplateText ?? new TemplateText(Plain(key) ?? throw state.Fail("'tojson' cannot write a tuple as a key.")));
            output.Add(options.KeySeparator);
            Write(value, depth + 1);
        }

        if (!first) BreakLine(depth);
        output.Append('}');
    }

    private void Separate(bool first, int depth)
    {
        if (!first) output.Add(options.ItemSeparator);
        BreakLine(depth);
    }

    private void BreakLine(int depth)
    {
        if (options.Indent is not { } indent) return;
        output.Append('\n');
        for (int i = 0; i < depth; i++) output.Add(indent);
    }

    private void WriteString(TemplateText text)
    {
        output.Append('"');
        int plain = 0;
        TextOrigin origin = text.Origin;
        for (int i = 0; i < text.Length; i++)
        {
            if (Escape(text.Value[i]) is not { } escape) continue;
            output.Add(text, plain, i - plain);
            output.Append(escape, origin);
            plain = i + 1;
        }

        output.Add(text, plain, text.Length - plain);
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
internal sealed record JsonTextOptions(
    TemplateText? Indent, TemplateText ItemSeparator, TemplateText KeySeparator, bool EnsureAscii, bool SortKeys)
{
    /// <summary>As json.dumps writes without any, but with characters beyond ASCII as they are.</summary>
    public static JsonTextOptions Standard { get; } = new(null, new(", "), new(": "), EnsureAscii: false, SortKeys: false);
}
