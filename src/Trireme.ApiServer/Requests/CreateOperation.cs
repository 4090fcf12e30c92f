using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Access;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.Patching.Apply;
using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Quotas;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Workloads;

namespace Trireme.ApiServer.Requests;

/// <summary>POST to a collection.</summary>
internal sealed class CreateOperation(
    ObjectStore store,
    ObjectWriter writer,
    ObjectAdmission admission,
    TenantLimits limits,
    PodAdmission pods,
    QuotaAdmission quotas,
    FieldManagement fields,
    RoleGuard guard)
{
    private const int GeneratedNameAttempts = 8;

    /// <summary>Generated names are cut so that they stay valid as labels, which hold 63 characters.</summary>
    private const int MaxGeneratedBase = 58;

    /// <summary>Kubernetes' alphabet without vowels and look-alikes, so that no suffix reads as a word.</summary>
    private const string SuffixAlphabet = "bcdfghjklmnpqrstvwxz2456789";

    public async Task<ResourceResponse> RunAsync(ApiRequest request)
    {
        if (WriteOptions.Read(request).Failed(out StatusError? error, out WriteOptions? options)) return error;
        Outcome<JsonObject> read = await RequestContent.ReadObjectAsync(request.Http.Request, options.FieldValidation);
        if (read.Failed(out error, out JsonObject? sent)) return error;
        if (ObjectAdmission.Identify(request, sent) is { } misplaced) return misplaced;
        if (sent.Metadata().Text("resourceVersion") is { Length: > 0 })
        {
            return StatusErrors.BadRequest("resourceVersion should not be set on objects to be created");
        }

        if (ProjectedWrites.ToStored(request, null, sent, options).Failed(out error, out JsonObject? body)) return error;
        ApiRequest stored = ProjectedWrites.Stored(request);
        string? generateName = body.Name().Length == 0 ? body.Metadata().Text("generateName") : null;
        for (int attempt = 1; ; attempt++)
        {
            // Only a generated name is tried again, with the body as it came.
            JsonObject copy = body;
            if (generateName is { Length: > 0 })
            {
                copy = body.DeepClone().AsObject();
                copy.Metadata()["name"] = Generate(generateName);
            }

            if ((await CreateAsync(stored, copy, options)).Failed(out error, out ObjectResponse? response))
            {
                bool taken = error.Reason == "AlreadyExists" && generateName is { Length: > 0 } && attempt < GeneratedNameAttempts;
                if (taken) continue;
                return error;
            }

            return ProjectedWrites.Shown(request, response);
        }
    }

    /// <summary>Creates from a body that has been identified and is used up; server-side apply creates through this as well.</summary>
    public async Task<Outcome<ObjectResponse>> CreateAsync(
        ApiRequest request, JsonObject document, WriteOptions options, bool applied = false)
    {
        if (admission.ForCreate(request, document, options) is { } invalid) return invalid;
        if (!applied) fields.TrackCreate(request.Resource, document, options.FieldManager);
        if (request.Resource.IsWorkload && pods.OnCreate(request, document) is { } denied) return denied;
        if (ObjectAdmission.Finish(request, null, document).Failed(out StatusError? error, out PreparedObject? next)) return error;
        if (await guard.RefusalAsync(request, null, document) is { } ungranted) return ungranted;

        ObjectKey key = ObjectView.Stored(new ObjectKey(request.Resource, request.Namespace, document.Name()));
        // Who has it already is told so, and not that there may be no more.
        if (key.Resource.Fixed?.Get(key.Name) is not null || store.Exists(key)) return StatusErrors.AlreadyExists(key);
        bool isShared = request.Resource.Namesake is { } other && store.Exists(key with { Resource = other });
        if (isShared) return StatusErrors.NameTaken(key, request.Resource.Namesake!);
        using TenantTurn turn = await limits.EnterAsync(request, null, next);
        if (turn.Refusal is { } over) return over;
        using QuotaTurn place = await quotas.EnterAsync(request, next);
        if (place.Refusal is { } outside) return outside;
        if (options.DryRun)
        {
            if (writer.NamespaceRefusal(key) is { } refusal) return refusal;
            return new ObjectResponse(201, request.Resource, next.Json);
        }

        return (await writer.CreateAsync(key, next)).Failed(out error, out StoredObject? stored)
            ? error
            : new ObjectResponse(201, request.Resource, stored.Json);
    }

    /// <summary>A name that begins with a prefix and is most likely nobody's.</summary>
    public static string Generate(string prefix) =>
        prefix[..Math.Min(prefix.Length, MaxGeneratedBase)] + RandomNumberGenerator.GetString(SuffixAlphabet, 5);
}
