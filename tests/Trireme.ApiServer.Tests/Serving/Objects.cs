using System.Text.Json.Nodes;

namespace Trireme.ApiServer.Tests.Serving;

/// <summary>Objects and paths for tests.</summary>
internal static class Objects
{
    public const string TriremeGroup = "/apis/trireme.dev/v1alpha1";

    public static string ConfigMaps(string @namespace, string name = "") => Join($"/api/v1/namespaces/{@namespace}/configmaps", name);

    public static string Services(string @namespace, string name = "") =>
        Join($"{TriremeGroup}/namespaces/{@namespace}/modelservices", name);

    public static JsonObject Meta(string apiVersion, string kind, string name) => new()
    {
        ["apiVersion"] = apiVersion,
        ["kind"] = kind,
        ["metadata"] = new JsonObject { ["name"] = name },
    };

    public static JsonObject ConfigMap(string name, params (string Key, string Value)[] data)
    {
        JsonObject map = Meta("v1", "ConfigMap", name);
        map["data"] = new JsonObject(data.Select(entry => KeyValuePair.Create<string, JsonNode?>(entry.Key, entry.Value)));
        return map;
    }

    public static JsonObject Service(string name, int replicas = 1, string release = "tiny-v1")
    {
        JsonObject service = Meta("trireme.dev/v1alpha1", "ModelService", name);
        service["spec"] = new JsonObject { ["release"] = release, ["replicas"] = replicas };
        return service;
    }

    public static JsonObject With(this JsonObject document, string metadataMember, JsonNode value)
    {
        document["metadata"]![metadataMember] = value;
        return document;
    }

    public static JsonNode Parse(string json) => JsonNode.Parse(json)!;

    public static JsonObject Map(string json) => Parse(json).AsObject();

    public static string Version(this JsonObject document) => (string)document["metadata"]!["resourceVersion"]!;

    public static string Uid(this JsonObject document) => (string)document["metadata"]!["uid"]!;

    public static string Message(this JsonObject status) => (string)status["message"]!;

    private static string Join(string collection, string name) => name.Length == 0 ? collection : $"{collection}/{name}";
}
