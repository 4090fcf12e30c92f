using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Discovery;

/// <summary>What clients learn first: which groups, versions and kinds the server has, and what can be done with them.</summary>
internal sealed class DiscoveryDocuments(ServedResources resources)
{
    private static readonly string[] OtherPaths =
        ["/api", "/apis", "/healthz", "/livez", "/metrics", "/openapi/v2", "/openapi/v3", "/readyz", "/version"];

    /// <summary>Where others find the keys of service accounts' tokens.</summary>
    private static readonly string[] TokenPaths = ["/.well-known/openid-configuration", "/openid/v1/jwks"];

    /// <summary>/: the paths that lead to everything else.</summary>
    public JsonObject RootPaths()
    {
        IEnumerable<string> groups = resources.GroupVersions().SelectMany(served => served.Group.Length == 0
            ? (string[])[$"/api/{served.Version}"]
            : [$"/apis/{served.Group}", $"/apis/{served.Group}/{served.Version}"]);
        bool issuesTokens = resources.Find("serviceaccounts") is not null;
        return new JsonObject
        {
            ["paths"] = Texts(OtherPaths.Concat(issuesTokens ? TokenPaths : []).Concat(groups).Distinct().Order(StringComparer.Ordinal)),
        };
    }

    /// <summary>/api: the versions of the core group.</summary>
    /// <param name="address">Where clients reach this server.</param>
    public static JsonObject CoreVersions(string address) => new()
    {
        ["kind"] = "APIVersions",
        ["versions"] = new JsonArray("v1"),
        ["serverAddressByClientCIDRs"] = new JsonArray(new JsonObject { ["clientCIDR"] = "0.0.0.0/0", ["serverAddress"] = address }),
    };

    /// <summary>All documents but /api, by their paths.</summary>
    public IEnumerable<(string Path, JsonObject Document)> All()
    {
        yield return ("/", RootPaths());
        yield return ("/apis", Groups());
        foreach (string group in NamedGroups()) yield return ($"/apis/{group}", Group(group)!);
        foreach ((string group, string version) in resources.GroupVersions())
        {
            string path = group.Length == 0 ? $"/api/{version}" : $"/apis/{group}/{version}";
            yield return (path, Resources(group, version)!);
        }
    }

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
            list.Add(Resource(resource));
            foreach (Subresource part in resource.Subresources) list.Add(Part(resource.Definition, part));
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

    private static JsonObject Resource(ServedResource resource)
    {
        ResourceDefinition definition = resource.Definition;
        var json = new JsonObject
        {
            ["name"] = definition.Plural,
            ["singularName"] = definition.Singular,
            ["namespaced"] = definition.Namespaced,
            ["kind"] = definition.Kind,
            ["verbs"] = Texts(resource.Verbs),
        };
        if (definition.ShortNames.Count > 0) json["shortNames"] = Texts(definition.ShortNames);
        if (resource.Categories.Count > 0) json["categories"] = Texts(resource.Categories);
        return json;
    }

    private static JsonObject Part(ResourceDefinition definition, Subresource part)
    {
        var json = new JsonObject
        {
            ["name"] = $"{definition.Plural}/{part.Name}",
            ["singularName"] = "",
            ["namespaced"] = definition.Namespaced,
        };
        // Only a kind of another group is named with its group.
        if (part.Group != definition.Group)
        {
            json["group"] = part.Group;
            json["version"] = part.Version;
        }

        json["kind"] = part.Kind;
        json["verbs"] = Texts(part.Verbs);
        return json;
    }

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
                    [.. resources.In(group, served.Version).Select(resource => AggregatedResource(resource))]),
            }),
        ]),
    };

    private static JsonObject AggregatedResource(ServedResource resource)
    {
        ResourceDefinition definition = resource.Definition;
        var json = new JsonObject
        {
            ["resource"] = definition.Plural,
            ["responseKind"] = ResponseKind(definition.Group, definition.Version, definition.Kind),
            ["scope"] = definition.Namespaced ? "Namespaced" : "Cluster",
            ["singularResource"] = definition.Singular,
            ["verbs"] = Texts(resource.Verbs),
        };
        if (definition.ShortNames.Count > 0) json["shortNames"] = Texts(definition.ShortNames);
        if (resource.Categories.Count > 0) json["categories"] = Texts(resource.Categories);
        if (resource.Subresources.Count == 0) return json;
        json["subresources"] = new JsonArray(
        [
            .. resource.Subresources.Select(part => new JsonObject
            {
                ["subresource"] = part.Name,
                ["responseKind"] = ResponseKind(part.Group, part.Version, part.Kind),
                ["verbs"] = Texts(part.Verbs),
            }),
        ]);
        return json;
    }

    private static JsonObject ResponseKind(string group, string version, string kind) => new()
    {
        ["group"] = group,
        ["version"] = version,
        ["kind"] = kind,
    };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => JsonValue.Create(text))]);
}
