using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Patching;

/// <summary>JSON merge patch (RFC 7386): objects merge member by member, null removes, everything else replaces.</summary>
internal static class MergePatch
{
    /// <summary>Changes the target in place where it is an object, and returns the result.</summary>
    public static JsonNode Apply(JsonNode? target, JsonObject patch, int depth = 0)
    {
        int below = JsonDepth.Below(depth);
        JsonObject result = target as JsonObject ?? [];
        result.RemoveAll([.. patch.Where(static member => member.Value is null).Select(static member => member.Key)]);
        foreach ((string name, JsonNode? value) in patch)
        {
            if (value is null) continue;
            if (value is not JsonObject map) result[name] = value.DeepClone();
            else if (result[name] is JsonObject existing) Apply(existing, map, below);
            else result[name] = Apply(null, map, below);
        }

        return result;
    }
}
