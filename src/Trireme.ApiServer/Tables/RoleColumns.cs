using System.Text.Json;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Tables;

/// <summary>The columns of roles and bindings, as Kubernetes makes them.</summary>
internal static class RoleColumns
{
    public static IReadOnlyList<TableColumn> OfRoles { get; } =
    [
        // Kubernetes calls it a date and gives the time, not the age.
        new(
            new PrinterColumn("Created At", ".metadata.creationTimestamp", "date"),
            static (writer, document, _) =>
                writer.WriteStringValue(Text(JsonPath.MemberOf(document, "metadata"), "creationTimestamp"))),
    ];

    public static IReadOnlyList<TableColumn> OfBindings { get; } =
    [
        TableColumn.Text("Role", 0, static (document, _) => RoleOf(JsonPath.MemberOf(document, "roleRef"))),
        new(new PrinterColumn("Age", ".metadata.creationTimestamp", "date")),
        TableColumn.Text("Users", 1, static (document, _) => Subjects(document, Subject.User)),
        TableColumn.Text("Groups", 1, static (document, _) => Subjects(document, Subject.Group)),
        TableColumn.Text("ServiceAccounts", 1, static (document, _) => Subjects(document, Subject.ServiceAccount)),
    ];

    private static string RoleOf(JsonElement role) => $"{Text(role, "kind")}/{Text(role, "name")}";

    private static string Subjects(JsonElement document, string kind)
    {
        JsonElement subjects = JsonPath.MemberOf(document, "subjects");
        if (subjects.ValueKind != JsonValueKind.Array) return "";
        return string.Join(", ", subjects.EnumerateArray()
            .Where(subject => Text(subject, "kind") == kind)
            .Select(subject => kind == Subject.ServiceAccount
                ? $"{Text(subject, "namespace")}/{Text(subject, "name")}"
                : Text(subject, "name")));
    }

    private static string Text(JsonElement map, string name) =>
        JsonPath.MemberOf(map, name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";
}
