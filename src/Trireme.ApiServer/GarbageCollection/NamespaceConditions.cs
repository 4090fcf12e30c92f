using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.GarbageCollection;

/// <summary>What is left in a namespace that goes.</summary>
/// <param name="Counts">Objects left by kind, under their names in the store.</param>
/// <param name="Finalizers">How many of them each finalizer holds.</param>
/// <param name="Unserved">Kinds among them that this server does not know.</param>
/// <param name="Failures">What went wrong with deletions, by object.</param>
internal sealed record NamespaceRemains(
    IReadOnlyList<(string Resource, long Count)> Counts,
    IReadOnlyList<(string Finalizer, int Count)> Finalizers,
    IReadOnlyList<string> Unserved,
    IReadOnlyList<string> Failures);

/// <summary>Says in a namespace's status how its deletion goes, with the conditions and in the words of Kubernetes.</summary>
internal static class NamespaceConditions
{
    public static void Write(JsonObject @namespace, NamespaceRemains remains, DateTimeOffset now)
    {
        Set(@namespace, now, "NamespaceDeletionDiscoveryFailure", remains.Unserved.Count > 0,
            ("DiscoveryFailed", $"Discovery failed for some groups, {remains.Unserved.Count} failing: this server does not serve "
                + $"{string.Join(", ", remains.Unserved)}; start the version that does"),
            ("ResourcesDiscovered", "All resources successfully discovered"));
        Set(@namespace, now, "NamespaceDeletionGroupVersionParsingFailure", false,
            ("", ""),
            ("ParsedGroupVersions", "All legacy kube types successfully parsed"));
        Set(@namespace, now, "NamespaceDeletionContentFailure", remains.Failures.Count > 0,
            ("ContentDeletionFailed", $"Failed to delete all resource types, {remains.Failures.Count} remaining: "
                + string.Join(", ", remains.Failures)),
            ("ContentDeleted", "All content successfully deleted, may be waiting on finalization"));
        Set(@namespace, now, "NamespaceContentRemaining", remains.Counts.Count > 0,
            ("SomeResourcesRemain", "Some resources are remaining: " + string.Join(", ", remains.Counts.Select(kind =>
                $"{Qualified(kind.Resource)} has {kind.Count} resource instances"))),
            ("ContentRemoved", "All content successfully removed"));
        Set(@namespace, now, "NamespaceFinalizersRemaining", remains.Finalizers.Count > 0,
            ("SomeFinalizersRemain", "Some content in the namespace has finalizers remaining: " + string.Join(", ",
                remains.Finalizers.Select(finalizer => $"{finalizer.Finalizer} in {finalizer.Count} resource instances"))),
            ("ContentHasNoFinalizers", "All content-preserving finalizers finished"));
    }

    /// <summary>A kind of the core group keeps the dot before its empty group.</summary>
    private static string Qualified(string resource) => resource.Contains('.', StringComparison.Ordinal) ? resource : resource + ".";

    private static void Set(
        JsonObject @namespace,
        DateTimeOffset now,
        string type,
        bool holds,
        (string Reason, string Message) bad,
        (string Reason, string Message) good)
    {
        if (@namespace["status"] is not JsonObject status) @namespace["status"] = status = [];
        if (status["conditions"] is not JsonArray conditions) status["conditions"] = conditions = [];
        JsonObject? condition = conditions.OfType<JsonObject>().FirstOrDefault(known => known.Text("type") == type);
        if (condition is null) conditions.Add(condition = new JsonObject { ["type"] = type });

        string state = holds ? "True" : "False";
        (string reason, string message) = holds ? bad : good;
        if (condition.Text("status") != state) condition["lastTransitionTime"] = ResourceDocument.Timestamp(now);
        condition["status"] = state;
        condition["reason"] = reason;
        condition["message"] = message;
    }
}
