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
    public async Task<ApiResponse> RunAsync(ApiRequest request)
    {
        if (WriteOptions.Read(request).Failed(out ApiError? error, out WriteOptions? options)) return error;
        if ((await RequestBody.ReadObjectAsync(request.Http.Request)).Failed(out error, out JsonObject? body)) return error;
        if (ObjectAdmission.Identify(request, body) is { } misplaced) return misplaced;
        bool unconditional = body.Metadata().Text("resourceVersion") is null or "";
        if (unconditional && !request.Resource.AllowsUnconditionalUpdate)
        {
            const string Missing = "must be specified for an update; read the object first and send back its resourceVersion";
            return ApiErrors.Invalid(
                request.Resource, body.Name(), [new FieldError("metadata.resourceVersion", FieldErrorType.Invalid, Missing)]);
        }

        return await ChangeAsync(request, options, _ => body.DeepClone().AsObject());
    }

    /// <summary>
    /// Reads the object, changes it and writes it back, again from the start when another write came in between. A
    /// resourceVersion in the changed object must be the current one.
    /// </summary>
    public async Task<ApiResponse> ChangeAsync(ApiRequest request, WriteOptions options, Func<JsonObject, Outcome<JsonObject>> change)
    {
        for (int attempt = 0; attempt < ObjectWriter.MaxAttempts; attempt++)
        {
            if (store.Get(request.Key) is not { } current) return ApiErrors.NotFound(request.Resource, request.Name!);
            JsonObject before = current.ToDocument();
            if (change(before.DeepClone().AsObject()).Failed(out ApiError? error, out JsonObject? changed)) return error;
            if (ObjectAdmission.Identify(request, changed) is { } misplaced) return misplaced;
            if (Precondition(request, before, changed) is { } conflict) return conflict;
            if (ObjectAdmission.ForUpdate(request, before, changed, options).Failed(out error, out JsonObject? after)) return error;

            fields.TrackUpdate(request, before, changed, after, options.FieldManager);
            if (await StoreAsync(request, current, before, after, options) is { } response) return response;
        }

        return ApiErrors.Modified(request.Resource, request.Name!);
    }

    /// <summary>Writes a prepared state, unless it says what is stored already. Null means another write came first.</summary>
    public async Task<ApiResponse?> StoreAsync(
        ApiRequest request, StoredObject current, JsonObject before, JsonObject after, WriteOptions options)
    {
        if (JsonNode.DeepEquals(before, after)) return new ObjectResponse(200, request.Resource, current.Json);
        if (options.DryRun) return new ObjectResponse(200, request.Resource, after.ToBytes());
        return await writer.UpdateAsync(current, after) is { } stored ? new ObjectResponse(200, request.Resource, stored.Json) : null;
    }

    public static ApiError? Precondition(ApiRequest request, JsonObject before, JsonObject changed)
    {
        string? version = changed.Metadata().Text("resourceVersion");
        if (version is { Length: > 0 } && version != before.Metadata().Text("resourceVersion"))
        {
            return ApiErrors.Modified(request.Resource, request.Name!);
        }

        string? uid = changed.Metadata().Text("uid");
        if (uid is null or "" || uid == before.Uid()) return null;
        return ApiErrors.Conflict(
            request.Resource, request.Name!, $"the UID in the request is {uid}, the UID in the object is {before.Uid()}");
    }
}
