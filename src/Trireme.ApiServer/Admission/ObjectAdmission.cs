using System.Text.Json.Nodes;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Admission;

/// <summary>
/// Turns what a client sent into what is stored: keeps what the server owns, keeps spec and status apart, and refuses what
/// is not valid.
/// </summary>
internal sealed class ObjectAdmission(TimeProvider time)
{
    /// <summary>Metadata only the server sets.</summary>
    private static readonly string[] ServerOwned =
    [
        "uid", "resourceVersion", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "selfLink",
    ];

    /// <summary>Checks that a body is about the object its URL names, and completes what the URL already says.</summary>
    public static ApiError? Identify(ApiRequest request, JsonObject body)
    {
        string apiVersion = request.Resource.Definition.ApiVersion;
        string kind = request.Resource.Definition.Kind;
        body["apiVersion"] ??= apiVersion;
        body["kind"] ??= kind;
        if (body.Text("apiVersion") != apiVersion || body.Text("kind") != kind)
        {
            return ApiErrors.BadRequest(
                $"the object in the body is a {body["apiVersion"]} {body["kind"]}, but the path takes a {apiVersion} {kind}");
        }

        if (body["metadata"] is not (null or JsonObject)) return ApiErrors.BadRequest("metadata must be an object");
        JsonObject metadata = body.Metadata();
        if (request.Name is { } name)
        {
            metadata["name"] ??= name;
            if (metadata.Text("name") != name)
            {
                return ApiErrors.BadRequest($"the name of the object ({metadata["name"]}) does not match the name on the URL ({name})");
            }
        }

        if (request.Namespace.Length == 0) return null;
        if (metadata.Text("namespace") is null or "") metadata["namespace"] = request.Namespace;
        return metadata.Text("namespace") == request.Namespace
            ? null
            : ApiErrors.BadRequest(
                $"the namespace of the object ({metadata["namespace"]}) does not match the namespace on the URL ({request.Namespace})");
    }

    /// <summary>Prepares a new object for storage.</summary>
    public Outcome<JsonObject> ForCreate(ApiRequest request, JsonObject body, WriteOptions options)
    {
        ServedResource resource = request.Resource;
        JsonObject metadata = body.Metadata();
        foreach (string name in ServerOwned) metadata.Remove(name);
        if (resource.Definition.HasStatus) body.Remove("status");

        SchemaPruner.RemoveNulls(body, resource.Definition.Schema);
        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = ResourceDocument.Timestamp(time.GetUtcNow());
        if (resource.HasSpec) metadata["generation"] = 1;
        KindRules.OnCreate(resource, body);
        return Check(request, body, options) is { } error ? error : body;
    }

    /// <summary>Prepares a changed object for storage.</summary>
    public static Outcome<JsonObject> ForUpdate(ApiRequest request, JsonObject before, JsonObject body, WriteOptions options)
    {
        ServedResource resource = request.Resource;
        JsonObject after = request.IsStatus ? WithStatusOf(before, body) : WithoutStatusOf(before, body, resource);
        JsonObject metadata = after.Metadata();
        foreach (string name in ServerOwned) metadata.CopyMember(before.Metadata(), name);

        SchemaPruner.RemoveNulls(after, resource.Definition.Schema);
        var errors = new FieldErrors();
        if (!request.IsStatus) KindRules.OnUpdate(resource, before, after, errors);
        if (before.IsDeleting()) RefuseNewFinalizers(before, after, errors);
        if (Check(request, after, options) is { } error) return error;

        IReadOnlyList<FieldError> immutable = ResourceValidator.ValidateUpdate(resource.Definition, before.ToElement(), after.ToElement());
        if (!errors.IsEmpty || immutable.Count > 0) return ApiErrors.Invalid(resource, after.Name(), [.. errors.Items, .. immutable]);

        if (resource.HasSpec && !JsonNode.DeepEquals(before["spec"], after["spec"]))
        {
            metadata["generation"] = (before.Metadata()["generation"]?.GetValue<long>() ?? 0) + 1;
        }

        return after;
    }

    private static JsonObject WithStatusOf(JsonObject before, JsonObject body)
    {
        JsonObject after = before.DeepClone().AsObject();
        after.CopyMember(body, "status");
        after.Metadata().CopyMember(body.Metadata(), "managedFields");
        return after;
    }

    private static JsonObject WithoutStatusOf(JsonObject before, JsonObject body, ServedResource resource)
    {
        JsonObject after = body.DeepClone().AsObject();
        if (resource.Definition.HasStatus) after.CopyMember(before, "status");
        return after;
    }

    private static void RefuseNewFinalizers(JsonObject before, JsonObject after, FieldErrors errors)
    {
        List<string> known = before.Metadata().TextList("finalizers");
        foreach (string added in after.Metadata().TextList("finalizers").Except(known))
        {
            errors.Add(
                "metadata.finalizers", FieldErrorType.Forbidden, $"no finalizer can be added while the object is being deleted: {added}");
        }
    }

    private static ApiError? Check(ApiRequest request, JsonObject document, WriteOptions options)
    {
        ServedResource resource = request.Resource;
        // A patch can make an object larger than any body.
        if (document.ToBytes().Length > RequestBody.MaxBytes) return ApiErrors.TooLarge(RequestBody.MaxBytes);
        IReadOnlyList<FieldError> errors = Validate(resource, document);
        FieldError[] unknown = [.. errors.Where(error => error.Type == FieldErrorType.UnknownField)];
        if (unknown.Length > 0)
        {
            if (options.FieldValidation == FieldValidation.Strict) return ApiErrors.UnknownFields(resource, unknown);
            if (options.FieldValidation == FieldValidation.Warn)
            {
                foreach (FieldError error in unknown) Warnings.Add(request.Http.Response, error.Detail);
            }

            SchemaPruner.RemoveUnknown(document, resource.Definition.Schema);
            errors = Validate(resource, document);
        }

        return errors.Count > 0 ? ApiErrors.Invalid(resource, document.Name(), errors) : null;
    }

    private static IReadOnlyList<FieldError> Validate(ServedResource resource, JsonObject document) =>
        ResourceValidator.Validate(resource.Definition, document.ToElement(), out IResource? _);
}
