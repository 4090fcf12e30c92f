using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Admission;

/// <summary>What the server sets on bindings of roles, and what of them never changes.</summary>
internal static class BindingRules
{
    private const string RoleRefMember = "roleRef";

    /// <summary>Sets the API groups that go without saying.</summary>
    public static void SetGroups(JsonObject document)
    {
        if (document[RoleRefMember] is JsonObject role) SetGroup(role);
        foreach (JsonObject subject in (document["subjects"] as JsonArray ?? []).OfType<JsonObject>())
        {
            if (subject.Text("kind") is Subject.User or Subject.Group) SetGroup(subject);
        }
    }

    /// <summary>Refuses another role: who could change it could give a role to those whom somebody else chose.</summary>
    public static void CheckUpdate(JsonObject before, JsonObject after, FieldErrors errors)
    {
        if (before[RoleRefMember] is null || JsonNode.DeepEquals(before[RoleRefMember], after[RoleRefMember])) return;
        JsonObject role = after[RoleRefMember] as JsonObject ?? [];
        var shown = new JsonObject { ["APIGroup"] = role.Text("apiGroup"), ["Kind"] = role.Text("kind"), ["Name"] = role.Text("name") };
        errors.Invalid(RoleRefMember, $"Invalid value: {shown.ToJsonString()}: field is immutable");
    }

    private static void SetGroup(JsonObject reference)
    {
        if (reference.Text("apiGroup") is null or "") reference["apiGroup"] = RbacApi.Group;
    }
}
