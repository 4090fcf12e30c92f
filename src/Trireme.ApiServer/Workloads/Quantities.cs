using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Workloads;

/// <summary>Maps of quantities in objects held as JSON.</summary>
internal static class Quantities
{
    /// <summary>Writes each quantity in its one spelling, numbers as texts. What is none stays, for validation to name.</summary>
    public static void Respell(JsonObject amounts)
    {
        List<(string Name, string Text)>? respelled = null;
        foreach ((string name, JsonNode? value) in amounts)
        {
            if (value is not JsonValue plain || plain.GetValueKind() is not (JsonValueKind.String or JsonValueKind.Number)) continue;
            bool isNumber = plain.GetValueKind() == JsonValueKind.Number;
            string text = isNumber ? plain.ToJsonString() : plain.ToString();
            string? one = Quantity.TryParse(text, out Quantity amount) ? amount.ToString() : isNumber ? text : null;
            if (one is not null && (isNumber || one != text)) (respelled ??= []).Add((name, one));
        }

        foreach ((string name, string text) in respelled ?? []) amounts[name] = text;
    }

    /// <summary>Reads a map of quantities; what is none is left out.</summary>
    public static Dictionary<string, Quantity> Read(JsonObject? amounts)
    {
        var read = new Dictionary<string, Quantity>();
        foreach ((string name, JsonNode? value) in amounts ?? [])
        {
            if (Quantity.TryParse(value?.ToString(), out Quantity amount)) read[name] = amount;
        }

        return read;
    }

    public static JsonObject Write(IReadOnlyDictionary<string, Quantity> amounts)
    {
        var document = new JsonObject();
        foreach ((string name, Quantity amount) in amounts.OrderBy(static amount => amount.Key, StringComparer.Ordinal))
        {
            document[name] = amount.ToString();
        }

        return document;
    }

    public static void Add(Dictionary<string, Quantity> sums, IReadOnlyDictionary<string, Quantity> amounts)
    {
        foreach ((string name, Quantity amount) in amounts) sums[name] = sums.GetValueOrDefault(name) + amount;
    }

    public static void Raise(Dictionary<string, Quantity> most, IReadOnlyDictionary<string, Quantity> amounts)
    {
        foreach ((string name, Quantity amount) in amounts)
        {
            if (!most.TryGetValue(name, out Quantity known) || amount > known) most[name] = amount;
        }
    }
}
