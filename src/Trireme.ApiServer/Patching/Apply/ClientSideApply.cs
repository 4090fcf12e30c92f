using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Patching.Apply;

/// <summary>
/// The way from kubectl's own apply, which keeps what was applied last in an annotation, to the server's: kubectl does not conflict with
/// what it applied itself, and the annotation goes on saying what it applied, so that the way back is open. Other tools take fields over
/// by force.
/// </summary>
internal static class ClientSideApply
{
    /// <summary>kubectl's name as a manager of server-side applies.</summary>
    private const string Manager = "kubectl";

    private const string Annotation = "kubectl.kubernetes.io/last-applied-configuration";

    /// <summary>Changed fields without those that kubectl applied itself last and that are still as it applied them.</summary>
    public static FieldSet Without(FieldSet changed, JsonObject before, OwnedScope scope, ManagerId applier)
    {
        if (applier is not { Manager: Manager, Operation: ManagerId.Apply } || LastApplied(before) is not { } last) return changed;
        FieldChanges since = FieldSets.Compare(last, before, scope);
        FieldSet own = FieldSet.Difference(FieldSets.Of(last, scope), FieldSet.Union([since.Added, since.Modified, since.Removed]));
        return FieldSet.Difference(changed, own);
    }

    /// <summary>Keeps the annotation, where there is one, at what kubectl applied.</summary>
    public static void Remember(JsonObject merged, JsonObject config, ManagerId applier)
    {
        if (applier is not { Manager: Manager, Operation: ManagerId.Apply, Subresource: "" }) return;
        if (merged.Metadata()["annotations"] is not JsonObject annotations || !annotations.ContainsKey(Annotation)) return;
        JsonObject applied = config.DeepClone().AsObject();
        if (applied.Metadata()["annotations"] is JsonObject stated) stated.Remove(Annotation);
        // kubectl ends the text with a line feed.
        annotations[Annotation] = applied.ToJsonString(ResourceJson.Options) + "\n";
    }

    private static JsonObject? LastApplied(JsonObject document)
    {
        if (document.Metadata()["annotations"] is not JsonObject annotations || annotations.Text(Annotation) is not { } text) return null;
        try
        {
            return JsonNode.Parse(text) is JsonObject last && last.Text("apiVersion") == document.Text("apiVersion") ? last : null;
        }
        catch (JsonException)
        {
            // Anyone may write the annotation; what cannot be read says nothing about fields.
            return null;
        }
    }
}
