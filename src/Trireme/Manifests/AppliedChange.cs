using System.Text.Json.Nodes;

namespace Trireme.Manifests;

/// <summary>What an apply did to an object, in kubectl's words.</summary>
internal static class AppliedChange
{
    public const string Created = "created";
    public const string Configured = "configured";
    public const string Unchanged = "unchanged";

    /// <summary>What the server keeps for itself and changes without anyone having applied anything.</summary>
    private static readonly string[] Bookkeeping = ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"];

    /// <param name="before">The object as it was; null if there was none.</param>
    /// <param name="after">The server's answer.</param>
    public static string Of(JsonObject? before, JsonObject after)
    {
        if (before is null) return Created;
        return JsonNode.DeepEquals(Applied(before), Applied(after)) ? Unchanged : Configured;
    }

    private static JsonObject Applied(JsonObject json)
    {
        var copy = (JsonObject)json.DeepClone();
        copy.Remove("status");
        foreach (string field in Bookkeeping) (copy["metadata"] as JsonObject)?.Remove(field);
        return copy;
    }
}
