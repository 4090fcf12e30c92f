using System.Text.Json.Nodes;

namespace Trireme.Contracts.Schema;

/// <summary>Renders a resource definition as the CustomResourceDefinition a Kubernetes cluster installs.</summary>
public static class CustomResourceDefinition
{
    public static JsonObject For(ResourceDefinition definition)
    {
        var schema = definition.Schema.ToOpenApi();
        // A CRD's schema may constrain metadata only by name; the API server owns the rest.
        schema["properties"]!["metadata"] = new JsonObject { ["type"] = "object" };

        var version = new JsonObject
        {
            ["name"] = definition.Version,
            ["served"] = true,
            ["storage"] = true,
            ["schema"] = new JsonObject { ["openAPIV3Schema"] = schema },
            ["additionalPrinterColumns"] = new JsonArray([.. definition.Columns.Select(Column)]),
        };
        if (Subresources(definition) is { Count: > 0 } subresources) version["subresources"] = subresources;

        return new JsonObject
        {
            ["apiVersion"] = "apiextensions.k8s.io/v1",
            ["kind"] = "CustomResourceDefinition",
            ["metadata"] = new JsonObject { ["name"] = $"{definition.Plural}.{definition.Group}" },
            ["spec"] = new JsonObject
            {
                ["group"] = definition.Group,
                ["scope"] = definition.Namespaced ? "Namespaced" : "Cluster",
                ["names"] = new JsonObject
                {
                    ["kind"] = definition.Kind,
                    ["listKind"] = definition.Kind + "List",
                    ["plural"] = definition.Plural,
                    ["singular"] = definition.Singular,
                    ["shortNames"] = new JsonArray([.. definition.ShortNames.Select(name => JsonValue.Create(name))]),
                    ["categories"] = new JsonArray("trireme"),
                },
                ["versions"] = new JsonArray(version),
            },
        };
    }

    private static JsonObject Subresources(ResourceDefinition definition)
    {
        var subresources = new JsonObject();
        if (definition.HasStatus) subresources["status"] = new JsonObject();
        if (definition.Scale is { } scale)
        {
            subresources["scale"] = new JsonObject
            {
                ["specReplicasPath"] = "." + scale.Wanted,
                ["statusReplicasPath"] = "." + scale.Present,
            };
        }

        return subresources;
    }

    private static JsonObject Column(PrinterColumn column)
    {
        var json = new JsonObject { ["name"] = column.Name, ["type"] = column.Type, ["jsonPath"] = column.JsonPath };
        if (column.Priority > 0) json["priority"] = column.Priority;
        return json;
    }
}
