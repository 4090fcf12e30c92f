using System.Text;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Definitions;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Workloads;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Admission;

/// <summary>
/// What Kubernetes' own kinds do beyond their schema. All other behaviour is the same for every kind and comes from its
/// definition.
/// </summary>
internal static class KindRules
{
    public const string NamespaceFinalizer = "kubernetes";

    private const string ConfigMaps = "configmaps";
    private const string Secrets = "secrets";

    /// <summary>Lets policies select a namespace by its name.</summary>
    private const string NameLabel = "kubernetes.io/metadata.name";

    private static readonly string[] ProtectedNamespaces = ["default", "kube-system", "kube-public"];

    /// <summary>Sets what the server sets on a new object.</summary>
    public static void OnCreate(ServedResource resource, JsonObject document)
    {
        if (resource.IsWorkload)
        {
            WorkloadRules.OnCreate(resource, document);
            return;
        }

        OnWrite(resource, document);
        if (resource.QualifiedPlural == ServedResources.Namespaces)
        {
            HoldForContent(document);
            document["status"] = new JsonObject { ["phase"] = "Active" };
        }
        else if (resource.QualifiedPlural == Secrets)
        {
            document["type"] ??= "Opaque";
        }
        else if (resource.QualifiedPlural == DefinitionKind.QualifiedPlural)
        {
            DefinitionForm.OnCreate(document);
        }
    }

    /// <summary>True for a Namespace; clients may define kinds of that name in groups of their own.</summary>
    public static bool IsNamespace(JsonObject document) => document.Text("kind") == "Namespace" && document.Text("apiVersion") == "v1";

    /// <summary>
    /// Sets what the server sets on an object that is going to be deleted and holds others: a namespace, or the definition of a kind. They
    /// are let go once these are gone.
    /// </summary>
    public static void OnDeletion(JsonObject document, string now)
    {
        bool isDefinition = document.Text("kind") == ServedDefinition.TypeKind
            && document.Text("apiVersion") == ServedDefinition.TypeApiVersion;
        if (isDefinition) DefinitionForm.OnDeletion(document, now);
        if (!IsNamespace(document)) return;
        HoldForContent(document);
        if (document["status"] is not JsonObject status) document["status"] = status = [];
        status["phase"] = "Terminating";
    }

    /// <summary>Sets what the server sets on a changed object.</summary>
    public static void OnUpdate(ServedResource resource, JsonObject before, JsonObject after)
    {
        if (resource.IsWorkload)
        {
            WorkloadRules.OnWrite(resource, after);
            return;
        }

        OnWrite(resource, after);
        if (resource.QualifiedPlural == DefinitionKind.QualifiedPlural) DefinitionForm.OnUpdate(after);
        // A namespace is let go by the collector alone, once it is empty.
        if (resource.QualifiedPlural == ServedResources.Namespaces) after.CopyMember(before, "spec");
        // Whoever replaces a Secret without a word of its type leaves it as it is.
        if (resource.QualifiedPlural == Secrets && after["type"] is null) after.CopyMember(before, "type");
    }

    /// <summary>Refuses changes of what may not change.</summary>
    public static void CheckUpdate(ServedResource resource, JsonObject before, JsonObject after, FieldErrors errors)
    {
        if (resource.IsWorkload) WorkloadRules.CheckUpdate(resource, before, after, errors);
        if (resource.Definition.Group == RbacApi.Group) BindingRules.CheckUpdate(before, after, errors);
        if (resource.QualifiedPlural == DefinitionKind.QualifiedPlural) DefinitionForm.CheckUpdate(before, after, errors);
        if (resource.QualifiedPlural is not (Secrets or ConfigMaps)) return;
        if (before.Text("type") != after.Text("type"))
        {
            errors.Add("type", FieldErrorType.Invalid, "the field is immutable; create another Secret under a new name");
        }

        if (!IsImmutable(before)) return;
        foreach (string field in (ReadOnlySpan<string>)["immutable", "data", "binaryData"])
        {
            if (JsonNode.DeepEquals(before[field], after[field])) continue;
            errors.Add(
                field,
                FieldErrorType.Forbidden,
                "field is immutable when `immutable` is set; create another object under a new name");
        }
    }

    /// <summary>Why an object may not be deleted, or null.</summary>
    public static string? DeletionRefusal(ObjectKey key)
    {
        if (key.Resource.QualifiedPlural == ServedResources.Namespaces && ProtectedNamespaces.Contains(key.Name))
        {
            return "this namespace may not be deleted";
        }

        bool isSystem = key.Resource.Definition.ClrType == typeof(PodPriorityClass)
            && PodPriorityClass.BuiltIn.Any(known => known.Metadata.Name == key.Name);
        return isSystem ? "this is a system priority class and cannot be deleted" : null;
    }

    private static void HoldForContent(JsonObject document)
    {
        if (document["spec"] is not JsonObject spec) document["spec"] = spec = [];
        spec.SetTextList("finalizers", [.. spec.TextList("finalizers").Union([NamespaceFinalizer])]);
    }

    private static void OnWrite(ServedResource resource, JsonObject document)
    {
        if (resource.Definition.Group == RbacApi.Group) BindingRules.SetGroups(document);
        if (resource.QualifiedPlural == ServedResources.Namespaces) SetNameLabel(document);
        if (resource.QualifiedPlural != Secrets || document["stringData"] is not JsonObject texts) return;
        if (document["data"] is not JsonObject data) document["data"] = data = [];
        foreach ((string key, JsonNode? value) in texts)
        {
            if (value is not JsonValue text || !text.TryGetValue(out string? plain)) continue;
            data[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(plain));
        }

        document.Remove("stringData");
    }

    private static void SetNameLabel(JsonObject document)
    {
        JsonObject metadata = document.Metadata();
        if (metadata["labels"] is not JsonObject labels) metadata["labels"] = labels = [];
        labels[NameLabel] = document.Name();
    }

    private static bool IsImmutable(JsonObject document) =>
        document["immutable"] is JsonValue value && value.TryGetValue(out bool immutable) && immutable;
}
