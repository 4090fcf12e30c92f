using System.Text.Json.Nodes;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Requests;

/// <summary>GET, PUT and PATCH of the number of copies an object wants, as kubectl scale and autoscalers do.</summary>
internal sealed class ScaleOperation(ObjectView view, UpdateOperation update)
{
    public ResourceResponse Get(ApiRequest request) => view.Get(request.Key) is { } stored
        ? new ObjectResponse(200, ScaleView.Resource, View(request, stored.Document).ToBytes())
        : StatusErrors.NotFound(request.Resource, request.Name!);

    public async Task<ResourceResponse> ChangeAsync(ApiRequest request)
    {
        if (WriteOptions.Read(request).Failed(out StatusError? error, out WriteOptions? options)) return error;
        Func<JsonObject, Outcome<JsonObject>> change;
        if (request.Http.Request.Method == "PUT")
        {
            Outcome<JsonObject> body = await RequestContent.ReadObjectAsync(request.Http.Request, options.FieldValidation);
            if (body.Failed(out error, out JsonObject? sent)) return error;
            change = _ => sent.DeepClone().AsObject();
        }
        else
        {
            Outcome<PatchedObject> read = await PatchOperation.ReadChangeAsync(request, ScaleView.Definition.Schema, options);
            if (read.Failed(out error, out PatchedObject? patch)) return error;

            change = patch.Apply;
        }

        if (RepeatedFields.Of(request.Http) is { Count: > 0 } twice) return StatusErrors.UnknownFields(ScaleView.Resource, twice);
        ResourceResponse response = await update.ChangeAsync(request, options, document => Scaled(request, document, change));
        return response is ObjectResponse changed
            ? new ObjectResponse(changed.Code, ScaleView.Resource, View(request, ResourceDocument.Parse(changed.Json.Span)).ToBytes())
            : response;
    }

    /// <summary>The object with the number that a changed view of it says.</summary>
    private static Outcome<JsonObject> Scaled(ApiRequest request, JsonObject document, Func<JsonObject, Outcome<JsonObject>> change)
    {
        if (Paths(request) is { DecidedBy: { } decider, Wanted: var wanted } && document.Find(decider.Split('.')) is not null)
        {
            string why = $"{decider} decides this number by the load; change {decider}.minReplicas or {decider}.maxReplicas, "
                + $"or remove {decider} to set it by hand";
            return StatusErrors.Invalid(request.Resource, request.Name!, [new FieldError(wanted, FieldErrorType.Forbidden, why)]);
        }

        if (change(View(request, document)).Failed(out StatusError? error, out JsonObject? view)) return error;
        view["apiVersion"] ??= ScaleView.Definition.ApiVersion;
        view["kind"] ??= ScaleView.Definition.Kind;
        if (ObjectAdmission.Identify(request with { Resource = ScaleView.Resource }, view) is { } misplaced) return misplaced;
        SchemaPruner.Normalize(view, ScaleView.Definition.Schema);
        IReadOnlyList<FieldError> errors = ResourceValidator.ValidateSchema(ScaleView.Definition, view);
        if (errors.Count > 0) return StatusErrors.Invalid(ScaleView.Resource, request.Name!, errors);

        JsonObject changed = document.DeepClone().AsObject();
        ScaleView.Set(changed, Paths(request), (int)(ResourceDocument.WholeNumber(view["spec"]?["replicas"]) ?? 0));
        // What the client read is what must not have changed since.
        string? version = view.Metadata().Text("resourceVersion");
        if (version is { Length: > 0 }) changed.Metadata()["resourceVersion"] = version;
        return changed;
    }

    private static JsonObject View(ApiRequest request, JsonObject document) =>
        ScaleView.Of(document, Paths(request), request.Resource.Definition.Schema);

    private static ScalePaths Paths(ApiRequest request) => request.Resource.Definition.Scale!;
}
