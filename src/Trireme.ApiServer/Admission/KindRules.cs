using System.Text;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Admission;

/// <summary>
/// What Kubernetes' own kinds do beyond their schema. All other behaviour is the same for every kind and comes from its
/// definition.
/// </summary>
internal static class KindRules
{
    public const string NamespaceFinalizer = "kubernetes";

    private static readonly string[] ProtectedNamespaces = ["default", "kube-system", "kube-public"];

    /// <summary>Sets what the server sets on a new object.</summary>
    public static void OnCreate(ServedResource resource, JsonObject document)
    {
        OnWrite(resource, document);
        if (resource.QualifiedPlural == ServedResources.Namespaces)
        {
            HoldForContent(document);
            document["status"] = new JsonObject { ["phase"] = "Active" };
            JsonObject metadata = document.Metadata();
            if (metadata["labels"] is not JsonObject labels) metadata["labels"] = labels = [];
            // Lets policies select a namespace by its name.
            labels["kubernetes.io/metadata.name"] = document.Name();
        }
        else if (resource.QualifiedPlural == "secrets")
        {
            document["type"] ??= "Opaque";
        }
    }

    /// <summary>Sets what the server sets on a namespace that is going to be deleted; the collector lets it go once it is empty.</summary>
    public static void OnNamespaceDeletion(JsonObject document)
    {
        HoldForContent(document);
        if (document["status"] is not JsonObject status) document["status"] = status = [];
        status["phase"] = "Terminating";
    }

    /// <summary>Sets what the server sets on a changed object.</summary>
    public static void OnUpdate(ServedResource resource, JsonObject before, JsonObject after)
    {
        OnWrite(resource, after);
        // A namespace is let go by the collector alone, once it is empty.
        if (resource.QualifiedPlural == ServedResources.Namespaces) after.CopyMember(before, "spec");
    }

    /// <summary>Refuses changes of what may not change.</summary>
    public static void CheckUpdate(ServedResource resource, JsonObject before, JsonObject after, FieldErrors errors)
    {
        if (resource.QualifiedPlural is not ("secrets" or "configmaps") || !IsImmutable(before)) return;
        foreach (string field in (ReadOnlySpan<string>)["immutable", "data", "binaryData"])
        {
            if (JsonNode.DeepEquals(before[field], after[field])) continue;
            errors.Add(field, FieldErrorType.Forbidden, "the object is immutable; create another one under a new name");
        }
    }

    /// <summary>Why an object may not be deleted, or null.</summary>
    public static string? DeletionRefusal(ObjectKey key) =>
        key.Resource.QualifiedPlural == ServedResources.Namespaces && ProtectedNamespaces.Contains(key.Name)
            ? "this namespace may not be deleted"
            : null;

    private static void HoldForContent(JsonObject document)
    {
        if (document["spec"] is not JsonObject spec) document["spec"] = spec = [];
        spec.SetTextList("finalizers", [.. spec.TextList("finalizers").Union([NamespaceFinalizer])]);
    }

    private static void OnWrite(ServedResource resource, JsonObject document)
    {
        if (resource.QualifiedPlural != "secrets" || document["stringData"] is not JsonObject texts) return;
        if (document["data"] is not JsonObject data) document["data"] = data = [];
        foreach ((string key, JsonNode? value) in texts)
        {
            if (value is not JsonValue text || !text.TryGetValue(out string? plain)) continue;
            data[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(plain));
        }

        document.Remove("stringData");
    }

    private static bool IsImmutable(JsonObject document) =>
        document["immutable"] is JsonValue value && value.TryGetValue(out bool immutable) && immutable;
}
