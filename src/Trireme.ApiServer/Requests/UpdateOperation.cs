using System.Text.Json.Nodes;
using Trireme.ApiServer.Access;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.Patching.Apply;
using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Requests;

/// <summary>PUT of an object, and the cycle of reading, changing and writing that patches share.</summary>
internal sealed class UpdateOperation(
    ObjectStore store,
    ObjectView view,
    ObjectWriter writer,
    CreateOperation create,
    TenantLimits limits,
    FieldManagement fields,
    WriteTurns turns,
    AccessRules access,
    RoleGuard guard)
{
    public async Task<ResourceResponse> RunAsync(ApiRequest request)
    {
        if (WriteOptions.Read(request).Failed(out StatusError? error, out WriteOptions? options)) return error;
        Outcome<ReceivedObject> read = await RequestContent.ReceiveAsync(request.Http.Request, options.FieldValidation);
        if (read.Failed(out error, out ReceivedObject? received)) return error;
        JsonObject body = received.Take();
        if (ObjectAdmission.Identify(request, body) is { } misplaced) return misplaced;
        bool unconditional = body.Metadata().Text("resourceVersion") is null or "";
        if (unconditional && Creates(request)) return await CreateInsteadAsync(request, body, options);
        if (unconditional && !request.Resource.AllowsUnconditionalUpdate)
        {
            const string Missing = "must be specified for an update; read the object first and send back its resourceVersion";
            return StatusErrors.Invalid(
                request.Resource, body.Name(), [new FieldError("metadata.resourceVersion", FieldErrorType.Invalid, Missing)]);
        }

        JsonObject? first = body;
        return await ChangeAsync(request, options, _ =>
        {
            JsonObject sent = first ?? received.Take();
            first = null;
            return sent;
        });
    }

    /// <summary>
    /// Reads the object, changes it and writes it back, again from the start when another write came in between. A
    /// resourceVersion in the changed object must be the current one.
    /// </summary>
    /// <param name="request">Which object.</param>
    /// <param name="options">How to write.</param>
    /// <param name="change">Makes a tree of its own from the stored one, which it must not touch.</param>
    public async Task<ResourceResponse> ChangeAsync(ApiRequest request, WriteOptions options, Func<JsonObject, Outcome<JsonObject>> change)
    {
        ApiRequest stored = ProjectedWrites.Stored(request);
        using var turn = new WriteTurn(turns, request);
        int most = ObjectWriter.MaxAttempts;
        for (int attempt = 0; attempt < most; attempt++)
        {
            await turn.AwaitAsync(attempt);
            if (store.Get(ObjectView.Stored(stored.Key)) is not { } current) return view.Missing(request);
            most = ObjectWriter.AttemptsFor(request, current);
            if (ObjectView.Show(request.Resource, current.Document) is not { } shown)
            {
                return StatusErrors.NotFound(request.Resource, request.Name!);
            }

            JsonObject before = request.Resource.Custom is null ? current.Document : shown;
            if (Changed(request, shown, options, change).Failed(out StatusError? error, out JsonObject? changed)) return error;
            if (ObjectAdmission.ForUpdate(stored, before, changed, options).Failed(out error, out JsonObject? after)) return error;

            fields.TrackUpdate(stored, before, after, options.FieldManager);
            if (ObjectAdmission.Finish(stored, before, after).Failed(out error, out PreparedObject? next)) return error;
            if (await guard.RefusalAsync(stored, before, after) is { } ungranted) return ungranted;
            if (writer.RemovalRefusal(current.Key, after) is { } refusal) return refusal;
            if (await StoreAsync(stored, current, next, options) is { } response) return ProjectedWrites.Shown(request, response);
        }

        return StatusErrors.Modified(request.Key);
    }

    /// <summary>The changed object, in the form in which it is stored.</summary>
    private static Outcome<JsonObject> Changed(
        ApiRequest request, JsonObject shown, WriteOptions options, Func<JsonObject, Outcome<JsonObject>> change)
    {
        if (change(shown).Failed(out StatusError? error, out JsonObject? changed)) return error;
        if (ObjectAdmission.Identify(request, changed) is { } misplaced) return misplaced;
        return Precondition(request, shown, changed) is { } conflict
            ? conflict
            : ProjectedWrites.ToStored(request, shown, changed, options);
    }

    /// <summary>Why an object that is not stored cannot be made by a patch; null where it can.</summary>
    public StatusError? FormRefusal(ApiRequest request) =>
        request.Resource.Overlay is not null && view.Get(request.Key) is not null ? view.Missing(request) : null;

    private bool Creates(ApiRequest request) =>
        request.Resource.AllowsCreationByUpdate
        && request.Subresource.Length == 0
        && store.Get(ObjectView.Stored(request.Key)) is null;

    private async Task<ResourceResponse> CreateInsteadAsync(ApiRequest request, JsonObject body, WriteOptions options)
    {
        if (await access.CreationRefusalAsync(request) is { } refusal) return refusal;
        if (ProjectedWrites.ToStored(request, null, body, options).Failed(out StatusError? error, out JsonObject? sent)) return error;
        Outcome<ObjectResponse> created = await create.CreateAsync(ProjectedWrites.Stored(request), sent, options);
        return created.Failed(out error, out ObjectResponse? response) ? error : ProjectedWrites.Shown(request, response);
    }

    /// <summary>Writes a prepared state, unless it says what is stored already. Null means another write came first.</summary>
    public async Task<ResourceResponse?> StoreAsync(
        ApiRequest request, StoredObject current, PreparedObject next, WriteOptions options)
    {
        if (JsonNode.DeepEquals(current.Document, next.Document)) return new ObjectResponse(200, request.Resource, current.Json);
        using TenantTurn tenant = await limits.EnterAsync(request, current, next);
        if (tenant.Refusal is { } over) return over;
        if (options.DryRun) return new ObjectResponse(200, request.Resource, next.Json);
        return await writer.UpdateAsync(current, next, request.IsStatus) is { } stored
            ? new ObjectResponse(200, request.Resource, stored.Json)
            : null;
    }

    public static StatusError? Precondition(ApiRequest request, JsonObject before, JsonObject changed)
    {
        string? version = changed.Metadata().Text("resourceVersion");
        if (version is { Length: > 0 } && version != before.Metadata().Text("resourceVersion"))
        {
            return StatusErrors.Modified(request.Key);
        }

        string? uid = changed.Metadata().Text("uid");
        if (uid is null or "" || uid == before.Uid()) return null;
        return StatusErrors.Conflict(
            request.Key, $"the UID in the request is {uid}, the UID in the object is {before.Uid()}");
    }
}
