using System.Text.Json;

namespace Trireme.Inference.Templates.Runtime;

/// <summary>Turns clients' JSON into a template's values.</summary>
internal static class JsonValues
{
    private const int DepthMax = 100;

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
                return element.GetString();
            case JsonValueKind.Number:
                return element.TryGetInt64(out long integer) ? (object)integer : element.GetDouble();
            case JsonValueKind.True or JsonValueKind.False:
                return element.ValueKind == JsonValueKind.True;
            case JsonValueKind.Array:
                var list = new List<object?>(element.GetArrayLength());
                foreach (JsonElement item in element.EnumerateArray()) list.Add(Of(item, state, depth + 1));
                return list;
            case JsonValueKind.Object:
                var map = new TemplateMap();
                foreach (JsonProperty property in element.EnumerateObject()) map[property.Name] = Of(property.Value, state, depth + 1);
                return map;
            default:
                return null;
        }
    }
}
