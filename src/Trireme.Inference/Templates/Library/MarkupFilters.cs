using System.Buffers;
using System.Globalization;
using System.Text;
using Trireme.Inference.Templates.Runtime;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Templates.Library;

/// <summary>Filters that write for web pages.</summary>
internal static class MarkupFilters
{
    private static readonly SearchValues<char> NoName = SearchValues.Create(" \t\n\r\f/>=");

    private const string Unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-~";

    public static object? Escape(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'escape'");
        var output = new BoundedText(state);
        Escape(ValueText.Of(value, state), output);
        return output.ToText();
    }

    /// <summary>Attributes of a tag, with a space before them; what is none or undefined is left out.</summary>
    public static object? Attributes(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'xmlattr'", "autospace");
        if (value is not TemplateMap map) throw state.Fail($"{TemplateValue.TypeName(value)} has no entries.");
        var output = new BoundedText(state);
        bool first = !arguments.Flag(0, "autospace", true);
        foreach ((object? key, object? item) in map.Entries)
        {
            if (item is null or Undefined) continue;
            TemplateText name = ValueText.Of(key, state);
            if (name.Value.AsSpan().ContainsAny(NoName)) throw state.Fail("'xmlattr' takes no name with a space, '/', '>' or '='.");
            if (!first) output.Append(' ');
            first = false;
            Escape(name, output);
            output.Append("=\"");
            Escape(ValueText.Of(item, state), output);
            output.Append('"');
        }

        return output.ToText();
    }

    /// <summary>A text for a path, or names and values for a query.</summary>
    public static object? UrlEncode(object? value, Arguments arguments, RenderState state)
    {
        arguments.Limit(state, "the filter 'urlencode'");
        if (value is not (TemplateMap or List<object?>)) return Percent(ValueText.Of(value, state), isQuery: false, state);
        var output = new BoundedText(state);
        bool first = true;
        foreach (object? pair in value is TemplateMap map ? ValueFilters.Pairs(map, state) : (List<object?>)value)
        {
            List<object?> parts = TemplateValue.Iterate(pair, state);
            if (parts.Count != 2) throw state.Fail("'urlencode' needs pairs of a name and a value.");
            if (!first) output.Append('&');
            first = false;
            output.Add(Percent(ValueText.Of(parts[0], state), isQuery: true, state));
            output.Append('=');
            output.Add(Percent(ValueText.Of(parts[1], state), isQuery: true, state));
        }

        return output.ToText();
    }

    private static void Escape(TemplateText text, BoundedText output)
    {
        TextOrigin origin = text.Origin;
        for (int i = 0; i < text.Length; i++)
        {
            string? escape = text.Value[i] switch
            {
                '&' => "&amp;",
                '<' => "&lt;",
                '>' => "&gt;",
                '\'' => "&#39;",
                '"' => "&#34;",
                _ => null,
            };
            if (escape is null) output.Add(text, i, 1);
            else output.Append(escape, origin);
        }
    }

    /// <summary>A query writes a space as a plus, and a path keeps its slashes.</summary>
    private static TemplateText Percent(TemplateText text, bool isQuery, RenderState state)
    {
        state.Spend(text.Length);
        var encoded = new StringBuilder();
        foreach (byte unit in Encoding.UTF8.GetBytes(text.Value))
        {
            char character = (char)unit;
            if (character == ' ' && isQuery) encoded.Append('+');
            else if (Unreserved.Contains(character) || (character == '/' && !isQuery)) encoded.Append(character);
            else encoded.Append(CultureInfo.InvariantCulture, $"%{unit:X2}");
        }

        return state.Charge(new TemplateText(encoded.ToString(), text.Origin));
    }
}
