using System.Text.Json.Nodes;
using Trireme.ApiServer.Access;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.CustomKinds;
using Trireme.ApiServer.Patching;
using Trireme.ApiServer.Patching.Apply;
using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Requests;

/// <summary>PATCH of an object in one of the four forms clients send.</summary>
internal sealed class PatchOperation(
    ObjectStore store,
    CreateOperation create,
    UpdateOperation update,
    FieldManagement fields,
    WriteTurns turns,
    AccessRules access,
    RoleGuard guard)
{
    private const string JsonPatchType = "application/json-patch+json";
    private const string MergePatchType = "application/merge-patch+json";
    private const string StrategicPatchType = "application/strategic-merge-patch+json";
    private const string ApplyPatchType = "application/apply-patch+yaml";

    public async Task<ResourceResponse> RunAsync(ApiRequest request)
    {
        bool applies = RequestContent.MediaType(request.Http.Request) == ApplyPatchType;
        if (WriteOptions.Read(request, applies).Failed(out StatusError? error, out WriteOptions? options)) return error;
        if (applies)
        {
            if ((await RequestContent.ReadAsync(request.Http.Request)).Failed(out error, out byte[]? body)) return error;
            if (RequestContent.Parse(body, yaml: true).Failed(out error, out JsonNode? config)) return error;
            return config is JsonObject map
                ? await ApplyAsync(request, options, map)
                : StatusErrors.BadRequest("the patch must be an object");
        }

        Outcome<PatchedObject> read = await ReadChangeAsync(request, request.Resource.Definition.Schema, options, ApplyPatchType);
        return read.Failed(out error, out PatchedObject? patch) ? error : await update.ChangeAsync(request, options, patch.Apply);
    }

    /// <summary>Reads a patch in one of the three forms that say how to change what is there.</summary>
    /// <param name="request">The request.</param>
    /// <param name="schema">Schema of what is patched.</param>
    /// <param name="options">What the client asked for.</param>
    /// <param name="alsoAccepted">Further media types to name where the sent one is not known.</param>
    public static async Task<Outcome<PatchedObject>> ReadChangeAsync(
        ApiRequest request, SchemaNode schema, WriteOptions options, params string[] alsoAccepted)
    {
        string mediaType = RequestContent.MediaType(request.Http.Request);
        // How lists merge is known of Kubernetes' own kinds alone; of custom kinds no cluster takes such a patch.
        string[] accepted = request.Resource.IsCustom
            ? [JsonPatchType, MergePatchType, .. alsoAccepted]
            : [JsonPatchType, MergePatchType, StrategicPatchType, .. alsoAccepted];
        if (!accepted.Contains(mediaType)) return StatusErrors.UnsupportedMediaType(mediaType, accepted);
        if ((await RequestContent.ReadAsync(request.Http.Request)).Failed(out StatusError? error, out byte[]? body)) return error;
        Action<string> repeated = RequestContent.OnRepeatedKey(request.Http.Request, options.FieldValidation);
        if (RequestContent.Parse(body, yaml: false, repeated).Failed(out error, out JsonNode? patch)) return error;
        if (mediaType == JsonPatchType)
        {
            return patch is JsonArray operations
                ? new PatchedObject(document => JsonPatch.Apply(Copy(document), operations))
                : StatusErrors.BadRequest("a JSON patch is a list of operations");
        }

        if (patch is not JsonObject map) return StatusErrors.BadRequest("the patch must be an object");
        return mediaType == MergePatchType
            ? new PatchedObject(document => MergePatch.Apply(Copy(document), map).AsObject())
            : new PatchedObject(document => StrategicMergePatch.Apply(Copy(document), map, schema));
    }

    private async Task<ResourceResponse> ApplyAsync(ApiRequest request, WriteOptions options, JsonObject config)
    {
        bool typed = config["apiVersion"] is not null && config["kind"] is not null;
        if (!typed) return StatusErrors.BadRequest("an applied object must have apiVersion and kind");
        if (ObjectAdmission.Identify(request, config) is { } misplaced) return misplaced;
        bool stating = config.Metadata()["managedFields"] is JsonArray { Count: > 0 };
        if (stating) return StatusErrors.BadRequest("metadata.managedFields must be nil");
        // A configuration is all that its manager wants: no field of it can be left out, whatever is said of unknown ones.
        options = options with { FieldValidation = FieldValidation.Strict };
        SchemaPruner.Normalize(config, request.Resource.Custom is null ? request.Resource.Definition.Schema : CustomObject.Schema);
        if (ProjectedWrites.ToStored(request, null, config, options).Failed(out StatusError? error, out JsonObject? stated)) return error;
        return ProjectedWrites.Shown(request, await ApplyStoredAsync(ProjectedWrites.Stored(request), options, stated));
    }

    private async Task<ResourceResponse> ApplyStoredAsync(ApiRequest request, WriteOptions options, JsonObject config)
    {
        using var turn = new WriteTurn(turns, request);
        int most = ObjectWriter.MaxAttempts;
        for (int attempt = 0; attempt < most; attempt++)
        {
            await turn.AwaitAsync(attempt);
            if (store.Get(ObjectView.Stored(request.Key)) is not { } current)
            {
                if (request.IsStatus) return StatusErrors.NotFound(request.Resource, request.Name!);
                if (update.FormRefusal(request) is { } form) return form;
                if (await access.CreationRefusalAsync(request) is { } refusal) return refusal;
                JsonObject created = config.DeepClone().AsObject();
                fields.TrackFirstApply(request.Resource, created, options.FieldManager);
                Outcome<ObjectResponse> outcome = await create.CreateAsync(request, created, options, applied: true);
                if (!outcome.Failed(out StatusError? refused, out ObjectResponse? response)) return response;
                if (refused.Reason == "AlreadyExists") continue;
                return refused;
            }

            most = ObjectWriter.AttemptsFor(request, current);
            if (await ApplyToAsync(request, options, config, current) is { } done) return done;
        }

        return StatusErrors.Modified(request.Key);
    }

    private async Task<ResourceResponse?> ApplyToAsync(ApiRequest request, WriteOptions options, JsonObject config, StoredObject current)
    {
        JsonObject before = ObjectView.Show(request.Resource, current.Document)!;
        if (UpdateOperation.Precondition(request, before, config) is { } conflict) return conflict;
        if (fields.Apply(request, before, config, options).Failed(out StatusError? error, out JsonObject? merged)) return error;
        if (ObjectAdmission.ForUpdate(request, before, merged, options).Failed(out error, out JsonObject? after)) return error;
        if (ObjectAdmission.Finish(request, before, after).Failed(out error, out PreparedObject? next)) return error;
        if (await guard.RefusalAsync(request, before, after) is { } ungranted) return ungranted;
        return await update.StoreAsync(request, current, next, options);
    }

    private static JsonObject Copy(JsonObject document) => document.DeepClone().AsObject();
}

/// <summary>A patch that was read: makes a changed tree from the one there is, which it leaves as it is.</summary>
internal sealed record PatchedObject(Func<JsonObject, Outcome<JsonObject>> Apply);
