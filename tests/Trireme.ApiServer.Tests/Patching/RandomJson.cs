using System.Text.Json.Nodes;
using CsCheck;

namespace Trireme.ApiServer.Tests.Patching;

/// <summary>Random JSON with few names, so that documents overlap.</summary>
internal static class RandomJson
{
    private static readonly Gen<string> Names = Pick.From("a", "b", "c", "d/e", "f~g");

    public static Gen<JsonObject> Object { get; } = Map(3);

    private static Gen<JsonNode?> Value(int depth)
    {
        Gen<JsonNode?> scalar = Gen.OneOf(
            Gen.Int[0, 5].Select(number => (JsonNode?)JsonValue.Create(number)),
            Pick.From("", "x", "y").Select(text => (JsonNode?)JsonValue.Create(text)),
            Gen.Bool.Select(flag => (JsonNode?)JsonValue.Create(flag)));
        if (depth == 0) return scalar;
        return Gen.Frequency(
            (3, scalar),
            (2, Map(depth - 1).Select(map => (JsonNode?)map)),
            (1, Value(depth - 1).Array[0, 3].Select(items => (JsonNode?)new JsonArray([.. items.Select(item => item?.DeepClone())]))));
    }

    private static Gen<JsonObject> Map(int depth) => Gen.Select(Names, Value(depth)).Array[0, 4].Select(members =>
    {
        var map = new JsonObject();
        foreach ((string name, JsonNode? value) in members) map[name] = value?.DeepClone();
        return map;
    });
}
