using System.Text.Json.Nodes;

namespace Trireme.Testing;

/// <summary>JSON merge patch (RFC 7386), for patches that tests and controllers write themselves.</summary>
internal static class MergePatch
{
    public static void Apply(JsonObject target, JsonObject patch)
    {
        foreach ((string name, JsonNode? value) in patch)
        {
            if (value is null)
            {
                target.Remove(name);
            }
            else if (value is JsonObject map)
            {
                if (target[name] is not JsonObject inner) target[name] = inner = [];
                Apply(inner, map);
            }
            else
            {
                target[name] = value.DeepClone();
            }
        }
    }
}
