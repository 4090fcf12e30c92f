using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.OpenApi;

/// <summary>The schemas of kinds, and those that all kinds share.</summary>
internal static class OpenApiSchemas
{
    /// <summary>What every group's description refers to.</summary>
    public static IEnumerable<(string Name, JsonObject Schema)> Shared()
    {
        yield return (OpenApiNames.ObjectMeta, SchemaGenerator.For(typeof(ObjectMeta)).ToOpenApi());
        yield return (OpenApiNames.ListMeta, SchemaGenerator.For(typeof(ListMeta)).ToOpenApi());
        yield return (OpenApiNames.Status, WithKind(SchemaGenerator.For(typeof(Status)).ToOpenApi(), "Status"));
        yield return (OpenApiNames.DeleteOptions, WithKind(DeleteOptions(), "DeleteOptions"));
        yield return (OpenApiNames.WatchEvent, WithKind(WatchEvent(), "WatchEvent"));
        yield return (OpenApiNames.Patch, Object("A change, in the form that its media type says."));
    }

    public static JsonObject Of(ServedResource resource)
    {
        if (resource.Custom is not { } custom) return Of(resource.Definition);
        JsonObject schema = custom.ToOpenApi(Metadata());
        schema["x-kubernetes-group-version-kind"] = new JsonArray(OpenApiNames.GroupVersionKind(resource.Definition));
        return schema;
    }

    public static JsonObject Of(ResourceDefinition definition)
    {
        JsonObject schema = definition.Schema.ToOpenApi();
        JsonObject properties = schema["properties"]!.AsObject();
        properties["metadata"] = Metadata();
        schema["x-kubernetes-group-version-kind"] = new JsonArray(OpenApiNames.GroupVersionKind(definition));
        return schema;
    }

    public static JsonObject ListOf(ResourceDefinition definition)
    {
        JsonObject items = Typed("array", "The objects of this page.");
        items["items"] = OpenApiNames.Reference(OpenApiNames.SchemaName(definition));
        JsonObject schema = Object($"A page of {definition.Plural}.");
        schema["required"] = new JsonArray("items");
        schema["properties"] = new JsonObject
        {
            ["apiVersion"] = Typed("string", "Group and version of the kind, such as trireme.dev/v1alpha1."),
            ["items"] = items,
            ["kind"] = Typed("string", "Name of the kind."),
            ["metadata"] = Shared(OpenApiNames.ListMeta, "Revision of the list, and where it goes on."),
        };
        schema["x-kubernetes-group-version-kind"] = new JsonArray(OpenApiNames.GroupVersionKind(definition, "List"));
        return schema;
    }

    private static JsonObject Metadata() => Shared(OpenApiNames.ObjectMeta, "Standard metadata of objects.");

    private static JsonObject DeleteOptions()
    {
        JsonObject dryRun = Typed("array", "All to do everything but delete.");
        dryRun["items"] = new JsonObject { ["type"] = "string" };
        JsonObject preconditions = Object("What the object must be, or nothing happens.");
        preconditions["properties"] = new JsonObject
        {
            ["resourceVersion"] = Typed("string", "The version it must be at."),
            ["uid"] = Typed("string", "The UID it must have."),
        };
        JsonObject schema = Object("How to delete.");
        schema["properties"] = new JsonObject
        {
            ["apiVersion"] = Typed("string", "v1."),
            ["dryRun"] = dryRun,
            ["gracePeriodSeconds"] = Typed("integer", "Accepted; nothing here has a grace period but its own."),
            ["kind"] = Typed("string", "DeleteOptions."),
            ["orphanDependents"] = Typed("boolean", "The older word for Orphan (true) and Background (false)."),
            ["preconditions"] = preconditions,
            ["propagationPolicy"] = Typed("string", "What becomes of dependents: Background, Foreground or Orphan."),
        };
        return schema;
    }

    private static JsonObject WatchEvent()
    {
        JsonObject schema = Object("One line of a watch.");
        schema["required"] = new JsonArray("type", "object");
        schema["properties"] = new JsonObject
        {
            ["object"] = Object("The object as it is then, or was last; of an error, a Status."),
            ["type"] = Typed("string", "ADDED, MODIFIED, DELETED, BOOKMARK or ERROR."),
        };
        return schema;
    }

    private static JsonObject WithKind(JsonObject schema, string kind)
    {
        var type = new JsonObject { ["group"] = "", ["kind"] = kind, ["version"] = "v1" };
        schema["x-kubernetes-group-version-kind"] = new JsonArray(type);
        return schema;
    }

    /// <summary>A part that is described elsewhere; its own words can only stand beside a reference that is one of several.</summary>
    private static JsonObject Shared(string name, string description) => new()
    {
        ["description"] = description,
        ["default"] = new JsonObject(),
        ["allOf"] = new JsonArray(OpenApiNames.Reference(name)),
    };

    private static JsonObject Object(string description) => Typed("object", description);

    private static JsonObject Typed(string type, string description) => new() { ["description"] = description, ["type"] = type };
}
