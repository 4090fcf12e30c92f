using System.Text.Json.Nodes;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Workloads;

/// <summary>POST to the binding of a Pod: says on which machine it runs, once.</summary>
internal sealed class BindingOperation(ObjectStore store, ObjectView view, ObjectWriter writer, TimeProvider time)
{
    private static readonly ServedResource Shown = new(WorkloadKinds.Bindings);

    public async Task<ResourceResponse> RunAsync(ApiRequest request)
    {
        if (WriteOptions.Read(request).Failed(out StatusError? error, out WriteOptions? options)) return error;
        Outcome<JsonObject> read = await RequestContent.ReadObjectAsync(request.Http.Request, options.FieldValidation);
        if (read.Failed(out error, out JsonObject? sent)) return error;
        ApiRequest shown = request with { Resource = Shown };
        if (ObjectAdmission.Identify(shown, sent) is { } misplaced) return misplaced;
        SchemaPruner.Normalize(sent, WorkloadKinds.Bindings.Schema);
        if (ObjectAdmission.CheckSchema(shown, sent, options) is { } invalid) return invalid;
        if (Faults(sent) is { Count: > 0 } faults) return StatusErrors.Invalid(Shown, request.Name!, faults);
        for (int attempt = 0; attempt < ObjectWriter.MaxAttempts; attempt++)
        {
            if (store.Get(request.Key) is not { } current) return view.Missing(request);
            if (Refusal(request, current.Document, sent) is { } refusal) return refusal;
            if (options.DryRun || await writer.UpdateAsync(current, PreparedObject.Of(Bound(current, sent))) is not null)
            {
                return new StatusResponse(new Status { Outcome = "Success", Code = 201 });
            }
        }

        return StatusErrors.Modified(request.Key);
    }

    private static List<FieldError> Faults(JsonObject binding)
    {
        var faults = new List<FieldError>();
        string kind = binding.Find("target", "kind")?.ToString() ?? "";
        if (kind is not ("" or "Node" or "Minion"))
        {
            faults.Add(new FieldError(
                "target.kind", FieldErrorType.NotSupported, $"Unsupported value: \"{kind}\": supported values: \"Node\", \"\""));
        }

        if (Machine(binding).Length == 0) faults.Add(new FieldError("target.name", FieldErrorType.Required, "Required value"));
        return faults;
    }

    private static StatusError? Refusal(ApiRequest request, JsonObject pod, JsonObject binding)
    {
        string name = request.Name!;
        string? uid = binding.Uid() is { Length: > 0 } wanted && wanted != pod.Uid() ? wanted : null;
        if (uid is not null) return Conflict(name, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {pod.Uid()}");
        if (pod.IsDeleting()) return Conflict(name, $"pod {name} is being deleted, cannot be assigned to a host");
        if (pod.Find("spec", "nodeName")?.ToString() is { Length: > 0 } node)
        {
            return Conflict(name, $"pod {name} is already assigned to node \"{node}\"");
        }

        bool isGated = pod.Find("spec", "schedulingGates") is JsonArray { Count: > 0 };
        return isGated ? Conflict(name, $"pod {name} has non-empty .spec.schedulingGates") : null;
    }

    private JsonObject Bound(StoredObject pod, JsonObject binding)
    {
        JsonObject after = pod.ToDocument();
        after["spec"]!["nodeName"] = Machine(binding);
        foreach (string map in (ReadOnlySpan<string>)["annotations", "labels"])
        {
            if (binding.Metadata()[map] is not JsonObject { Count: > 0 } added) continue;
            if (after.Metadata()[map] is not JsonObject present) after.Metadata()[map] = present = [];
            foreach ((string key, JsonNode? value) in added) present[key] = value?.DeepClone();
        }

        PodConditions.Set(after, "PodScheduled", null, null, time.GetUtcNow());
        return after;
    }

    private static string Machine(JsonObject binding) => binding.Find("target", "name")?.ToString() ?? "";

    private static StatusError Conflict(string pod, string why) => new(
        409,
        "Conflict",
        $"Operation cannot be fulfilled on pods/binding \"{pod}\": {why}",
        new StatusDetails { Name = pod, Kind = "pods/binding" });
}
