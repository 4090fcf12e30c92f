using System.Text.Json.Nodes;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.Patching.Apply;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Requests;

/// <summary>PUT of an object, and the cycle of reading, changing and writing that patches share.</summary>
internal sealed class UpdateOperation(ObjectStore store, ObjectWriter writer, FieldManagement fields)
{
    public async Task<ResourceResponse> RunAsync(ApiRequest request)
    {
        if (WriteOptions.Read(request).Failed(out StatusError? error, out WriteOptions? options)) return error;
        if ((await RequestContent.ReceiveAsync(request.Http.Request)).Failed(out error, out ReceivedObject? received)) return error;
        JsonObject body = received.Take();
        if (ObjectAdmission.Identify(request, body) is { } misplaced) return misplaced;
        bool unconditional = body.Metadata().Text("resourceVersion") is null or "";
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
        int most = ObjectWriter.MaxAttempts;
        for (int attempt = 0; attempt < most; attempt++)
        {
            if (store.Get(request.Key) is not { } current) return StatusErrors.NotFound(request.Resource, request.Name!);
            most = ObjectWriter.AttemptsFor(request, current);
            JsonObject before = current.Document;
            if (change(before).Failed(out StatusError? error, out JsonObject? changed)) return error;
            if (ObjectAdmission.Identify(request, changed) is { } misplaced) return misplaced;
            if (Precondition(request, before, changed) is { } conflict) return conflict;
            if (ObjectAdmission.ForUpdate(request, before, changed, options).Failed(out error, out JsonObject? after)) return error;

            fields.TrackUpdate(request, before, after, options.FieldManager);
            if (ObjectAdmission.Finish(request, before, after).Failed(out error, out PreparedObject? next)) return error;
            if (writer.RemovalRefusal(current.Key, after) is { } refusal) return refusal;
            if (await StoreAsync(request, current, next, options) is { } response) return response;
        }

        return StatusErrors.Modified(request.Resource, request.Name!);
    }

    /// <summary>Writes a prepared state, unless it says what is stored already. Null means another write came first.</summary>
    public async Task<ResourceResponse?> StoreAsync(
        ApiRequest request, StoredObject current, PreparedObject next, WriteOptions options)
    {
        if (JsonNode.DeepEquals(current.Document, next.Document)) return new ObjectResponse(200, request.Resource, current.Json);
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
            return StatusErrors.Modified(request.Resource, request.Name!);
        }

        string? uid = changed.Metadata().Text("uid");
        if (uid is null or "" || uid == before.Uid()) return null;
        return StatusErrors.Conflict(
            request.Resource, request.Name!, $"the UID in the request is {uid}, the UID in the object is {before.Uid()}");
    }
}
