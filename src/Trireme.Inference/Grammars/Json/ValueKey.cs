using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;

namespace Trireme.Inference.Grammars.Json;

/// <summary>One text for all notations of a JSON value, so that equal values are found by a look-up.</summary>
internal static class ValueKey
{
    private const int ExponentDigitsMax = 17;

    /// <summary>Equal for equal values: numbers by what they amount to, objects in any order of their properties.</summary>
    public static string Exact(JsonNode? value) => Write(value, Number);

    /// <summary>As <see cref="Exact"/>, and equal too for numbers that readers with double precision cannot tell apart.</summary>
    public static string Alike(JsonNode? value) => Write(value, Rounded);

    /// <summary>Whether a number has no fraction, of whatever size and however it is written.</summary>
    /// <param name="text">The number as JSON writes it.</param>
    public static bool IsWhole(string text)
    {
        string key = Number(text);
        int end = key.IndexOf('e', StringComparison.Ordinal);
        // A power that is too long to count is a fraction's: no reader holds a number that ends so far from its point.
        return end < 0 ? key == "0" : !key.AsSpan(end + 1).StartsWith('-');
    }

    private static string Write(JsonNode? value, Func<string, string> number)
    {
        var key = new StringBuilder();
        Write(key, value, number);
        return key.ToString();
    }

    [BoundedDepth("SchemaDocument refuses schemas of more than 64 levels")]
    private static void Write(StringBuilder key, JsonNode? value, Func<string, string> number)
    {
        switch (value)
        {
            case JsonArray list:
                key.Append('[');
                foreach (JsonNode? entry in list)
                {
                    Write(key, entry, number);
                    key.Append(',');
                }

                key.Append(']');
                break;
            case JsonObject members:
                key.Append('{');
                foreach ((string name, JsonNode? entry) in members.OrderBy(static member => member.Key, StringComparer.Ordinal))
                {
                    key.Append(SchemaDocument.Text(JsonValue.Create(name))).Append(':');
                    Write(key, entry, number);
                    key.Append(',');
                }

                key.Append('}');
                break;
            default:
                string text = SchemaDocument.Text(value);
                key.Append(value?.GetValueKind() == JsonValueKind.Number ? number(text) : text);
                break;
        }
    }

    private static string Rounded(string text)
    {
        double number = double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);
        return number == 0 ? "0" : number.ToString("R", CultureInfo.InvariantCulture);
    }

    /// <summary>The digits without zeros at their ends, and the power of ten that the last of them counts.</summary>
    private static string Number(string text)
    {
        int end = text.AsSpan().IndexOfAny('e', 'E');
        ReadOnlySpan<char> exponent = end < 0 ? "0" : text.AsSpan(end + 1);
        string mantissa = (end < 0 ? text : text[..end]).TrimStart('-');
        int point = mantissa.IndexOf('.', StringComparison.Ordinal);
        int fraction = point < 0 ? 0 : mantissa.Length - point - 1;
        string whole = mantissa.Replace(".", "", StringComparison.Ordinal).TrimStart('0');
        string digits = whole.TrimEnd('0');
        if (digits.Length == 0) return "0";
        // A power that no reader can hold stays as it is written.
        if (exponent.Length > ExponentDigitsMax) return text;
        long power = long.Parse(exponent, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture)
            - fraction + whole.Length - digits.Length;
        return string.Create(CultureInfo.InvariantCulture, $"{(text[0] == '-' ? "-" : "")}{digits}e{power}");
    }
}
