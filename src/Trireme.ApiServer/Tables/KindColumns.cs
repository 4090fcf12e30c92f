using System.Text.Json.Nodes;
using Trireme.ApiServer.Pods;
using Trireme.ApiServer.Workloads;
using Trireme.Contracts.Schema;

namespace Trireme.ApiServer.Tables;

/// <summary>The columns of a kind's tables: those of its definition, and what Kubernetes makes of some of its own kinds.</summary>
internal static class KindColumns
{
    public static IReadOnlyList<TableColumn> Of(string qualifiedPlural, ResourceDefinition definition) => qualifiedPlural switch
    {
        "configmaps" => [TableColumn.Count("Data", "data", "binaryData"), .. Defined(definition)],
        "secrets" => [.. Defined(definition).SkipLast(1), TableColumn.Count("Data", "data"), .. Defined(definition).TakeLast(1)],
        "pods" => PodColumns.All,
        "jobs.batch" => WorkloadColumns.OfJobs,
        "resourcequotas" => WorkloadColumns.OfQuotas,
        "events" => EventColumns.Of(EventNames.Core),
        "roles.rbac.authorization.k8s.io" or "clusterroles.rbac.authorization.k8s.io" => RoleColumns.OfRoles,
        "rolebindings.rbac.authorization.k8s.io" or "clusterrolebindings.rbac.authorization.k8s.io" => RoleColumns.OfBindings,
        _ => [.. Defined(definition)],
    };

    private static IEnumerable<TableColumn> Defined(ResourceDefinition definition) =>
        definition.Columns.Select(column => new TableColumn(column) { Absent = Absent(definition.Schema, column) });

    /// <summary>
    /// What an absent field means, as the kind's schema says it; null where that is nothing, and for a path that picks an item of a list,
    /// which the schema describes nowhere.
    /// </summary>
    private static JsonNode? Absent(SchemaNode schema, PrinterColumn column) => schema.Find(column.JsonPath.Split('.').Skip(1))?.Default;
}
