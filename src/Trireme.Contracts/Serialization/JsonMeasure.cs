using System.Text.Json.Nodes;

namespace Trireme.Contracts.Serialization;

/// <summary>Measures of a JSON tree, for bounds on what short texts can grow into.</summary>
public static class JsonMeasure
{
    /// <summary>What a value costs beside its text: about the size of its node in the text it comes from or in memory.</summary>
    private const int ValueWeight = 16;

    /// <summary>Roughly the memory a tree takes: its values and the characters of its names and texts.</summary>
    public static long Weight(JsonNode? node) => ValueWeight + node switch
    {
        JsonObject map => map.Sum(member => member.Key.Length + Weight(member.Value)),
        JsonArray list => list.Sum(Weight),
        JsonValue value when value.TryGetValue(out string? text) => text.Length,
        _ => 0,
    };

    public static bool IsDeeperThan(int levels, JsonNode? node) => node switch
    {
        JsonObject or JsonArray when levels == 0 => true,
        JsonObject map => map.Any(member => IsDeeperThan(levels - 1, member.Value)),
        JsonArray list => list.Any(item => IsDeeperThan(levels - 1, item)),
        _ => false,
    };
}
