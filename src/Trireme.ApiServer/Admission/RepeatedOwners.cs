using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Admission;

/// <summary>Owner references that are written twice alike, of which one is kept, as in Kubernetes.</summary>
internal static class RepeatedOwners
{
    private const string Warning = ".metadata.ownerReferences contains duplicate entries; API server dedups owner references in 1.20+, and "
        + "may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ";

    public static void Drop(JsonObject document, HttpResponse response)
    {
        if ((document["metadata"] as JsonObject)?["ownerReferences"] is not JsonArray { Count: > 1 } owners) return;
        JsonNode?[] once = [.. owners.DistinctBy(Form)];
        if (once.Length == owners.Count) return;
        IEnumerable<string> uids = owners.Except(once).Select(static owner => (owner as JsonObject)?.Text("uid") ?? "").Distinct();
        Warnings.Add(response, Warning + string.Join(", ", uids));
        owners.Clear();
        foreach (JsonNode? owner in once) owners.Add(owner);
    }

    /// <summary>The same text for references that differ at most in the order of their fields.</summary>
    private static string Form(JsonNode? owner) => owner is not JsonObject fields
        ? owner?.ToJsonString() ?? ""
        : string.Join('\n', fields.OrderBy(static field => field.Key).Select(static field => field.Key + field.Value?.ToJsonString()));
}
