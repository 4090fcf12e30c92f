using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Templates.Runtime;

/// <summary>Turns clients' JSON into a template's values.</summary>
internal static class JsonValues
{
    private const int DepthMax = 100;

    /// <summary>Characters of a number that a message repeats.</summary>
    private const int ShownDigits = 40;

    public static object? Of(JsonElement element, RenderState state)
    {
        try
        {
            return Of(element, state, 0);
        }
        catch (InvalidOperationException)
        {
            throw state.Raise("The request holds text that is no valid Unicode.");
        }
    }

    private static object? Of(JsonElement element, RenderState state, int depth)
    {
        if (depth > DepthMax) throw state.Raise($"The request nests values more than {DepthMax} levels deep.");
        state.Spend(1);
        switch (element.ValueKind)
        {
            case JsonValueKind.String:
                return Text(element.GetString()!);
            case JsonValueKind.Number:
                return element.TryGetInt64(out long integer) ? integer : Number(element.GetRawText(), state);
            case JsonValueKind.True or JsonValueKind.False:
                return element.ValueKind == JsonValueKind.True;
            case JsonValueKind.Array:
                var list = new List<object?>(element.GetArrayLength());
                foreach (JsonElement item in element.EnumerateArray()) list.Add(Of(item, state, depth + 1));
                return list;
            case JsonValueKind.Object:
                var map = new TemplateMap();
                foreach (JsonProperty property in element.EnumerateObject())
                {
                    map.TrySet(Text(property.Name), Of(property.Value, state, depth + 1));
                }

                return map;
            default:
                return null;
        }
    }

    private static TemplateText Text(string text) => new(text, TextOrigin.Client);

    private static object Number(string spelling, RenderState state)
    {
        state.SpendOnText(spelling.Length);
        if (spelling.AsSpan().ContainsAny(".eE"))
        {
            double real = double.Parse(spelling, NumberStyles.Float, CultureInfo.InvariantCulture);
            string shown = spelling.Length <= ShownDigits ? spelling : spelling[..ShownDigits] + "...";
            return double.IsFinite(real) ? real : throw state.Raise($"The request holds the number {shown}, which is too large.");
        }

        if (spelling.Length > Numbers.DigitsMax) throw state.Raise($"The request holds a number of more than {Numbers.DigitsMax} digits.");
        return Numbers.Narrow(BigInteger.Parse(spelling, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), state);
    }
}
