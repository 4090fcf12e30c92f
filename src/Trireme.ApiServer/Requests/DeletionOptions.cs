using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.Requests;

internal enum DeletionPropagation
{
    /// <summary>The object goes at once; its dependents follow.</summary>
    Background,

    /// <summary>
    /// The object waits until the dependents that block it are gone. Objects that block each other in a circle wait until
    /// someone removes the finalizer of one of them.
    /// </summary>
    Foreground,

    /// <summary>The dependents stay and forget the object.</summary>
    Orphan,
}

/// <summary>How to delete.</summary>
/// <param name="Propagation">What becomes of dependents.</param>
/// <param name="Uid">The UID the object must have; null for any.</param>
/// <param name="ResourceVersion">The version the object must be at; null for any.</param>
/// <param name="DryRun">True to do everything but delete.</param>
/// <param name="Unreadable">True to delete an object that cannot be read, whatever holds it or depends on it.</param>
internal sealed record DeletionOptions(
    DeletionPropagation Propagation, string? Uid, string? ResourceVersion, bool DryRun, bool Unreadable = false)
{
    /// <summary>Kubernetes' option for objects its store cannot decode.</summary>
    public const string IgnoreReadError = "ignoreStoreReadErrorWithClusterBreakingPotential";

    public static async Task<Outcome<DeletionOptions>> ReadAsync(ApiRequest request)
    {
        var body = new JsonObject();
        if ((await RequestContent.ReadAsync(request.Http.Request)).Failed(out StatusError? error, out byte[]? bytes)) return error;
        bool yaml = RequestContent.MediaType(request.Http.Request) == RequestContent.Yaml;
        if (bytes.Length > 0 && RequestContent.ParseObject(bytes, yaml).Failed(out error, out body)) return error;

        string? policyName = body.Text("propagationPolicy") ?? request.Query("propagationPolicy");
        bool orphans = body["orphanDependents"]?.ToString() == "true" || request.Query("orphanDependents") == "true";
        DeletionPropagation policy = orphans ? DeletionPropagation.Orphan : DeletionPropagation.Background;
        if (policyName is { Length: > 0 } && !ExactName.TryParse(policyName, out policy))
        {
            return StatusErrors.BadRequest($"propagationPolicy \"{policyName}\" is not supported; use Background, Foreground or Orphan");
        }

        var preconditions = body["preconditions"] as JsonObject;
        bool dryRun = body.TextList("dryRun").Contains("All") || request.Query("dryRun") == "All";
        bool unreadable = body[IgnoreReadError]?.ToString() == "true" || request.Query(IgnoreReadError) == "true";
        return new DeletionOptions(policy, preconditions?.Text("uid"), preconditions?.Text("resourceVersion"), dryRun, unreadable);
    }
}
