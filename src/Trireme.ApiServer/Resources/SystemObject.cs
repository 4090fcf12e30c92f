using System.Text.Json.Nodes;

namespace Trireme.ApiServer.Resources;

/// <summary>Objects that the server makes by itself, and what it gives every new one.</summary>
internal static class SystemObject
{
    /// <summary>A new object that has nothing but its type and its name.</summary>
    public static JsonObject New(ServedResource resource, string @namespace, string name, DateTimeOffset now)
    {
        var metadata = new JsonObject { ["name"] = name };
        if (@namespace.Length > 0) metadata["namespace"] = @namespace;
        var document = new JsonObject
        {
            ["apiVersion"] = resource.Definition.ApiVersion,
            ["kind"] = resource.Definition.Kind,
            ["metadata"] = metadata,
        };
        Identify(resource, document, now);
        return document;
    }

    /// <summary>Gives a new object what tells it from every other one of its name.</summary>
    public static void Identify(ServedResource resource, JsonObject document, DateTimeOffset now)
    {
        JsonObject metadata = document.Metadata();
        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = ResourceDocument.Timestamp(now);
        if (resource.HasGeneration) metadata["generation"] = 1L;
    }
}
