using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.Patching.Apply;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Requests;

/// <summary>POST to a collection.</summary>
internal sealed class CreateOperation(ObjectStore store, ObjectWriter writer, ObjectAdmission admission, FieldManagement fields)
{
    private const int GeneratedNameAttempts = 8;

    /// <summary>Generated names are cut so that they stay valid as labels, which hold 63 characters.</summary>
    private const int MaxGeneratedBase = 58;

    /// <summary>Kubernetes' alphabet without vowels and look-alikes, so that no suffix reads as a word.</summary>
    private const string SuffixAlphabet = "bcdfghjklmnpqrstvwxz2456789";

    public async Task<ApiResponse> RunAsync(ApiRequest request)
    {
        if (WriteOptions.Read(request).Failed(out ApiError? error, out WriteOptions? options)) return error;
        if ((await RequestBody.ReadObjectAsync(request.Http.Request)).Failed(out error, out JsonObject? body)) return error;
        if (ObjectAdmission.Identify(request, body) is { } misplaced) return misplaced;
        if (body.Metadata().Text("resourceVersion") is { Length: > 0 })
        {
            return ApiErrors.BadRequest("resourceVersion should not be set on objects to be created");
        }

        string? generateName = body.Name().Length == 0 ? body.Metadata().Text("generateName") : null;
        for (int attempt = 1; ; attempt++)
        {
            JsonObject copy = body.DeepClone().AsObject();
            if (generateName is { Length: > 0 }) copy.Metadata()["name"] = Generate(generateName);
            if ((await CreateAsync(request, copy, options)).Failed(out error, out ObjectResponse? response))
            {
                bool taken = error.Reason == "AlreadyExists" && generateName is not null && attempt < GeneratedNameAttempts;
                if (taken) continue;
                return error;
            }

            return response;
        }
    }

    /// <summary>Creates from a body that has been identified; server-side apply creates through this as well.</summary>
    public async Task<Outcome<ObjectResponse>> CreateAsync(ApiRequest request, JsonObject body, WriteOptions options, bool applied = false)
    {
        if (admission.ForCreate(request, body, options).Failed(out ApiError? error, out JsonObject? document)) return error;
        if (!applied) fields.TrackCreate(request.Resource, document, options.FieldManager);

        var key = new ObjectKey(request.Resource, request.Namespace, document.Name());
        if (options.DryRun)
        {
            if (store.Get(key) is not null) return ApiErrors.AlreadyExists(key.Resource, key.Name);
            if (writer.NamespaceRefusal(key) is { } refusal) return refusal;
            return new ObjectResponse(201, request.Resource, document.ToBytes());
        }

        return (await writer.CreateAsync(key, document)).Failed(out error, out StoredObject? stored)
            ? error
            : new ObjectResponse(201, request.Resource, stored.Json);
    }

    private static string Generate(string prefix) =>
        prefix[..Math.Min(prefix.Length, MaxGeneratedBase)] + RandomNumberGenerator.GetString(SuffixAlphabet, 5);
}
