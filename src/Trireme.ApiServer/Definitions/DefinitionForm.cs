using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Definitions;

/// <summary>What the server puts into definitions, and what of them may not change.</summary>
internal static class DefinitionForm
{
    public const string NamesAccepted = "NamesAccepted";
    public const string Established = "Established";
    public const string Terminating = "Terminating";

    /// <summary>Holds a definition that is being deleted until its objects are gone.</summary>
    public const string Finalizer = "customresourcecleanup.apiextensions.k8s.io";

    private const string Immutable = "field is immutable";

    /// <summary>Completes a new definition.</summary>
    public static void OnCreate(JsonObject document)
    {
        Complete(document);
        document["status"] = new JsonObject
        {
            ["conditions"] = new JsonArray(),
            ["acceptedNames"] = new JsonObject { ["plural"] = "", ["kind"] = "" },
            ["storedVersions"] = StorageVersion(document) is { } stored ? new JsonArray(JsonValue.Create(stored)) : new JsonArray(),
        };
    }

    /// <summary>Completes a changed definition: from now on objects are stored in its storage version too.</summary>
    public static void OnUpdate(JsonObject document)
    {
        Complete(document);
        if (StorageVersion(document) is not { } stored) return;
        if (document["status"] is not JsonObject status) document["status"] = status = [];
        List<string> known = status.TextList("storedVersions");
        if (!known.Contains(stored)) status.SetTextList("storedVersions", [.. known, stored]);
    }

    /// <summary>Says that the objects go first.</summary>
    public static void OnDeletion(JsonObject document, string now)
    {
        JsonObject metadata = document.Metadata();
        metadata.SetTextList("finalizers", [.. metadata.TextList("finalizers").Union([Finalizer])]);
        SetCondition(document, Terminating, "True", "InstanceDeletionPending",
            "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon", now);
    }

    /// <summary>Refuses changes of what objects and clients rely on.</summary>
    public static void CheckUpdate(JsonObject before, JsonObject after, FieldErrors errors)
    {
        Keep(before, after, errors, "spec", "group");
        Keep(before, after, errors, "spec", "names", "plural");
        if (StatusOf(before, Established) != "True") return;
        Keep(before, after, errors, "spec", "scope");
        Keep(before, after, errors, "spec", "names", "kind");
    }

    /// <summary>Sets a condition; true if it was another one.</summary>
    public static bool SetCondition(JsonObject document, string type, string state, string reason, string message, string now)
    {
        if (document["status"] is not JsonObject status) document["status"] = status = [];
        if (status["conditions"] is not JsonArray conditions) status["conditions"] = conditions = [];
        JsonObject? condition = conditions.OfType<JsonObject>().FirstOrDefault(known => known.Text("type") == type);
        if (condition is null) conditions.Add(condition = new JsonObject { ["type"] = type });
        bool isSame = (condition.Text("status"), condition.Text("reason"), condition.Text("message")) == (state, reason, message);
        if (isSame) return false;
        if (condition.Text("status") != state) condition["lastTransitionTime"] = now;
        condition["status"] = state;
        condition["reason"] = reason;
        condition["message"] = message;
        return true;
    }

    /// <summary>True, False or Unknown, as a condition says; null where there is none of the type.</summary>
    public static string? StatusOf(JsonObject document, string type) =>
        (document.Find("status", "conditions") as JsonArray ?? []).OfType<JsonObject>()
            .FirstOrDefault(known => known.Text("type") == type)?.Text("status");

    private static void Keep(JsonObject before, JsonObject after, FieldErrors errors, params string[] path)
    {
        JsonNode? now = after.Find(path);
        if (JsonNode.DeepEquals(before.Find(path), now)) return;
        errors.Invalid(string.Join('.', path), $"Invalid value: {now?.ToJsonString() ?? "null"}: {Immutable}");
    }

    private static void Complete(JsonObject document)
    {
        if (document["spec"] is not JsonObject spec) return;
        spec["conversion"] ??= new JsonObject { ["strategy"] = "None" };
        if (spec["names"] is not JsonObject names || names.Text("kind") is not { Length: > 0 } kind) return;
        if (names.Text("singular") is null or "") names["singular"] = kind.ToLowerInvariant();
        if (names.Text("listKind") is null or "") names["listKind"] = kind + "List";
    }

    private static string? StorageVersion(JsonObject document) =>
        (document.Find("spec", "versions") as JsonArray ?? []).OfType<JsonObject>()
            .FirstOrDefault(static version => version["storage"] is JsonValue value && value.TryGetValue(out bool stored) && stored)
            ?.Text("name");
}
