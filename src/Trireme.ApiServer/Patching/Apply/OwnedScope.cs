using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Patching.Apply;

/// <summary>The part of an object that the written (sub)resource lets its writers own.</summary>
/// <param name="Resource">The kind.</param>
/// <param name="IsStatus">True for the status subresource, which owns the status and nothing else.</param>
internal readonly record struct OwnedScope(ServedResource Resource, bool IsStatus)
{
    public const string Metadata = "metadata";

    /// <summary>Metadata that is identity or belongs to the server, and that nobody owns.</summary>
    private static readonly string[] UnownedMetadata =
    [
        "name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp",
        "deletionGracePeriodSeconds", "selfLink", ManagedFields.Member,
    ];

    /// <summary>Whether a member of the object can be owned; of metadata, see <see cref="OwnsMetadata"/>.</summary>
    public bool Owns(string member)
    {
        bool isStatus = Resource.Definition.HasStatus && member == "status";
        return isStatus == IsStatus && member is not ("apiVersion" or "kind");
    }

    public static bool OwnsMetadata(string member) => !UnownedMetadata.Contains(member);

    /// <summary>A copy of the part.</summary>
    public JsonObject CopyOf(JsonObject document)
    {
        var owned = new JsonObject();
        foreach ((string name, JsonNode? value) in document)
        {
            if (value is null || !Owns(name)) continue;
            owned[name] = value.DeepClone();
        }

        if (owned[Metadata] is JsonObject metadata)
        {
            foreach (string name in UnownedMetadata) metadata.Remove(name);
            if (metadata.Count == 0) owned.Remove(Metadata);
        }

        return owned;
    }
}
