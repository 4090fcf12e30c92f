using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Discovery;

/// <summary>What clients learn first: which groups, versions and kinds the server has, and what can be done with them.</summary>
internal sealed class DiscoveryDocuments(ServedResources resources)
{
    private const string OwnCategory = "trireme";

    private static readonly string[] StatusVerbs = ["get", "patch", "update"];

    /// <summary>/api: the versions of the core group.</summary>
    public static JsonObject CoreVersions() => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(),
    };

    /// <summary>/apis: all named groups.</summary>
    public JsonObject Groups() => new()
    {
        ["kind"] = "APIGroupList",
        ["apiVersion"] = "v1",
        ["groups"] = new JsonArray([.. NamedGroups().Select(group => Group(group)!)]),
    };

    /// <summary>/apis/{group}, or null where there is none.</summary>
    public JsonObject? Group(string group)
    {
        JsonObject[] versions =
        [
            .. resources.GroupVersions().Where(served => served.Group == group).Select(served => new JsonObject
            {
                ["groupVersion"] = $"{group}/{served.Version}",
                ["version"] = served.Version,
            }),
        ];
        if (group.Length == 0 || versions.Length == 0) return null;
        return new JsonObject
        {
            ["kind"] = "APIGroup",
            ["apiVersion"] = "v1",
            ["name"] = group,
            ["versions"] = new JsonArray([.. versions]),
            ["preferredVersion"] = versions[0].DeepClone(),
        };
    }

    /// <summary>/api/v1 or /apis/{group}/{version}, or null where there is none.</summary>
    public JsonObject? Resources(string group, string version)
    {
        ServedResource[] served = [.. resources.In(group, version)];
        if (served.Length == 0) return null;
        var list = new JsonArray();
        foreach (ServedResource resource in served)
        {
            list.Add(Resource(resource.Definition, resource.Verbs));
            if (resource.Definition.HasStatus) list.Add(StatusOf(resource.Definition));
        }

        return new JsonObject
        {
            ["kind"] = "APIResourceList",
            ["apiVersion"] = "v1",
            ["groupVersion"] = group.Length == 0 ? version : $"{group}/{version}",
            ["resources"] = list,
        };
    }

    /// <summary>Everything about the core group or about the named groups in one document.</summary>
    /// <param name="core">True for /api, false for /apis.</param>
    /// <param name="version">The version of the document's own format: v2 or v2beta1.</param>
    public JsonObject Aggregated(bool core, string version) => new()
    {
        ["kind"] = "APIGroupDiscoveryList",
        ["apiVersion"] = $"apidiscovery.k8s.io/{version}",
        ["metadata"] = new JsonObject(),
        ["items"] = new JsonArray([.. (core ? [""] : NamedGroups()).Select(AggregatedGroup)]),
    };

    private IEnumerable<string> NamedGroups() =>
        resources.GroupVersions().Select(served => served.Group).Where(group => group.Length > 0).Distinct();

    private static JsonObject Resource(ResourceDefinition definition, IReadOnlyList<string> verbs)
    {
        var json = new JsonObject
        {
            ["name"] = definition.Plural,
            ["singularName"] = definition.Singular,
            ["namespaced"] = definition.Namespaced,
            ["kind"] = definition.Kind,
            ["verbs"] = Texts(verbs),
        };
        if (definition.ShortNames.Count > 0) json["shortNames"] = Texts(definition.ShortNames);
        if (IsOwn(definition)) json["categories"] = new JsonArray(OwnCategory);
        return json;
    }

    private static JsonObject StatusOf(ResourceDefinition definition) => new()
    {
        ["name"] = definition.Plural + "/status",
        ["singularName"] = "",
        ["namespaced"] = definition.Namespaced,
        ["kind"] = definition.Kind,
        ["verbs"] = Texts(StatusVerbs),
    };

    private JsonObject AggregatedGroup(string group) => new()
    {
        ["metadata"] = new JsonObject { ["name"] = group, ["creationTimestamp"] = null },
        ["versions"] = new JsonArray(
        [
            .. resources.GroupVersions().Where(served => served.Group == group).Select(served => new JsonObject
            {
                ["version"] = served.Version,
                ["freshness"] = "Current",
                ["resources"] = new JsonArray(
                    [.. resources.In(group, served.Version).Select(resource => AggregatedResource(resource.Definition, resource.Verbs))]),
            }),
        ]),
    };

    private static JsonObject AggregatedResource(ResourceDefinition definition, IReadOnlyList<string> verbs)
    {
        var json = new JsonObject
        {
            ["resource"] = definition.Plural,
            ["responseKind"] = ResponseKind(definition),
            ["scope"] = definition.Namespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = definition.Singular,
            ["verbs"] = Texts(verbs),
        };
        if (definition.ShortNames.Count > 0) json["shortNames"] = Texts(definition.ShortNames);
        if (IsOwn(definition)) json["categories"] = new JsonArray(OwnCategory);
        if (!definition.HasStatus) return json;
        json["subresources"] = new JsonArray(new JsonObject
        {
            ["subresource"] = "status",
            ["responseKind"] = ResponseKind(definition),
            ["verbs"] = Texts(StatusVerbs),
        });
        return json;
    }

    private static JsonObject ResponseKind(ResourceDefinition definition) => new()
    {
        ["group"] = definition.Group,
        ["version"] = definition.Version,
        ["kind"] = definition.Kind,
    };

    private static bool IsOwn(ResourceDefinition definition) => ResourceCatalog.Trireme.Any(own => own.Group == definition.Group);

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);
}
