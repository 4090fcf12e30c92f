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

    public async Task<ResourceResponse> RunAsync(ApiRequest request)
    {
        if (WriteOptions.Read(request).Failed(out StatusError? error, out WriteOptions? options)) return error;
        if ((await RequestContent.ReadObjectAsync(request.Http.Request)).Failed(out error, out JsonObject? body)) return error;
        if (ObjectAdmission.Identify(request, body) is { } misplaced) return misplaced;
        if (body.Metadata().Text("resourceVersion") is { Length: > 0 })
        {
            return StatusErrors.BadRequest("resourceVersion should not be set on objects to be created");
        }

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

            if ((await CreateAsync(request, copy, options)).Failed(out error, out ObjectResponse? response))
            {
                bool taken = error.Reason == "AlreadyExists" && generateName is { Length: > 0 } && attempt < GeneratedNameAttempts;
                if (taken) continue;
                return error;
            }

            return response;
        }
    }

    /// <summary>Creates from a body that has been identified and is used up; server-side apply creates through this as well.</summary>
    public async Task<Outcome<ObjectResponse>> CreateAsync(
        ApiRequest request, JsonObject document, WriteOptions options, bool applied = false)
    {
        if (admission.ForCreate(request, document, options) is { } invalid) return invalid;
        if (!applied) fields.TrackCreate(request.Resource, document, options.FieldManager);
        if (ObjectAdmission.Finish(request, null, document).Failed(out StatusError? error, out PreparedObject? next)) return error;

        var key = new ObjectKey(request.Resource, request.Namespace, document.Name());
        if (options.DryRun)
        {
            if (store.Get(key) is not null) return StatusErrors.AlreadyExists(key.Resource, key.Name);
            if (writer.NamespaceRefusal(key) is { } refusal) return refusal;
            return new ObjectResponse(201, request.Resource, next.Json);
        }

        return (await writer.CreateAsync(key, next)).Failed(out error, out StoredObject? stored)
            ? error
            : new ObjectResponse(201, request.Resource, stored.Json);
    }

    private static string Generate(string prefix) =>
        prefix[..Math.Min(prefix.Length, MaxGeneratedBase)] + RandomNumberGenerator.GetString(SuffixAlphabet, 5);
}
