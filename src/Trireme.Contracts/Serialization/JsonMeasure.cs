using System.Text.Json.Nodes;

namespace Trireme.Contracts.Serialization;

/// <summary>The size of a JSON tree, for bounds on what short texts can grow into. Measuring never recurses.</summary>
/// <param name="Values">Number of values: objects, lists, texts, numbers, literals.</param>
/// <param name="Weight">Roughly the memory the tree takes: its values and the characters of its names and texts.</param>
/// <param name="Depth">Levels of objects and lists; zero for a scalar.</param>
public readonly record struct JsonMeasure(long Values, long Weight, int Depth)
{
    /// <summary>What a value costs beside its text: about the size of its node in the text it comes from or in memory.</summary>
    private const int ValueWeight = 16;

    public static JsonMeasure Of(JsonNode? node)
    {
        if (node is not (JsonObject or JsonArray)) return new JsonMeasure(1, ValueWeight + TextLength(node), 0);
        long values = 0;
        long weight = 0;
        int depth = 0;
        var pending = new Stack<(JsonNode? Node, int Level)>();
        pending.Push((node, 1));
        while (pending.TryPop(out (JsonNode? Node, int Level) next))
        {
            values++;
            weight += ValueWeight;
            switch (next.Node)
            {
                case JsonObject map:
                    depth = Math.Max(depth, next.Level);
                    foreach ((string name, JsonNode? member) in map)
                    {
                        weight += name.Length;
                        pending.Push((member, next.Level + 1));
                    }

                    break;
                case JsonArray list:
                    depth = Math.Max(depth, next.Level);
                    foreach (JsonNode? item in list) pending.Push((item, next.Level + 1));
                    break;
                default:
                    weight += TextLength(next.Node);
                    break;
            }
        }

        return new JsonMeasure(values, weight, depth);
    }

    private static int TextLength(JsonNode? node) => node is JsonValue value && value.TryGetValue(out string? text) ? text.Length : 0;
}
