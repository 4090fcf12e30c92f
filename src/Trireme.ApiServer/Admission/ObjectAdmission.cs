using System.Text.Json.Nodes;
using Trireme.ApiServer.CustomKinds;
using Trireme.ApiServer.Definitions;
using Trireme.ApiServer.GarbageCollection;
using Trireme.ApiServer.Patching.Apply;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Workloads;
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
    public static StatusError? Identify(ApiRequest request, JsonObject body)
    {
        string apiVersion = request.Resource.Definition.ApiVersion;
        string kind = request.Resource.Definition.Kind;
        if (request.Resource.Custom is not null && MissingType(body) is { } missing)
        {
            return StatusErrors.BadRequest(
                $"Object '{missing}' is missing in the body; an object of a custom kind says {apiVersion} {kind}");
        }

        body["apiVersion"] ??= apiVersion;
        body["kind"] ??= kind;
        if (body.Text("apiVersion") != apiVersion || body.Text("kind") != kind)
        {
            return StatusErrors.BadRequest(
                $"the object in the body is a {body["apiVersion"]} {body["kind"]}, but the path takes a {apiVersion} {kind}");
        }

        if (body["metadata"] is not (null or JsonObject)) return StatusErrors.BadRequest("metadata must be an object");
        JsonObject metadata = body.Metadata();
        if (request.Name is { } name)
        {
            metadata["name"] ??= name;
            if (metadata.Text("name") != name)
            {
                return StatusErrors.BadRequest($"the name of the object ({metadata["name"]}) does not match the name on the URL ({name})");
            }
        }

        if (request.Namespace.Length == 0) return null;
        if (metadata.Text("namespace") is null or "") metadata["namespace"] = request.Namespace;
        return metadata.Text("namespace") == request.Namespace
            ? null
            : StatusErrors.BadRequest(
                $"the namespace of the object ({metadata["namespace"]}) does not match the namespace on the URL ({request.Namespace})");
    }

    private static string? MissingType(JsonObject body) =>
        body.Text("kind") is null or "" ? "Kind" : body.Text("apiVersion") is null or "" ? "apiVersion" : null;

    /// <summary>
    /// Completes a new object in place and checks its structure. <see cref="Finish"/> comes after its fields have owners.
    /// </summary>
    public StatusError? ForCreate(ApiRequest request, JsonObject body, WriteOptions options)
    {
        ServedResource resource = request.Resource;
        JsonObject metadata = body.Metadata();
        foreach (string name in ServerOwned) metadata.Remove(name);
        if (resource.Definition.HasStatus) body.Remove("status");

        if (resource.Custom is null) SchemaPruner.Normalize(body, resource.Definition.Schema);
        SystemObject.Identify(resource, body, time.GetUtcNow());
        KindRules.OnCreate(resource, body);
        return CheckSchema(request, body, options);
    }

    /// <summary>
    /// Turns a changed object into the next state of the stored one and checks its structure. The changed tree is used up.
    /// <see cref="Finish"/> comes after its fields have owners.
    /// </summary>
    public static Outcome<JsonObject> ForUpdate(ApiRequest request, JsonObject before, JsonObject changed, WriteOptions options)
    {
        ServedResource resource = request.Resource;
        JsonObject after = request.IsStatus ? WithStatusOf(before, changed)
            : request.IsFinalize ? WithFinalizersOf(before, changed)
            : WithoutStatusOf(before, changed, resource);
        if (resource.Custom is null) SchemaPruner.Normalize(after, resource.Definition.Schema);
        if (!request.IsStatus && !request.IsFinalize) KindRules.OnUpdate(resource, before, after);
        if (CheckSchema(request, after, options, before) is { } error) return error;

        if (!request.IsStatus && resource.HasGeneration && WantsOther(resource, before, after))
        {
            after.Metadata()["generation"] = (ResourceDocument.WholeNumber(before.Metadata()["generation"]) ?? 0) + 1;
        }

        return after;
    }

    /// <summary>Writes an object as JSON, once, and checks on that text what its structure alone does not tell.</summary>
    /// <param name="request">What is written.</param>
    /// <param name="before">The stored state; null for a new object.</param>
    /// <param name="after">The next state, complete but for its revision.</param>
    public static Outcome<PreparedObject> Finish(ApiRequest request, JsonObject? before, JsonObject after)
    {
        ServedResource resource = request.Resource;
        PreparedObject prepared = PreparedObject.Of(resource.Custom?.ToSource(after) ?? after);
        // A patch can make an object larger than any body.
        int most = resource.QualifiedPlural == DefinitionKind.QualifiedPlural ? DefinitionRules.MaxBytes : RequestContent.MaxBytes;
        if (prepared.Json.Length > most) return StatusErrors.TooLarge(most);
        IReadOnlyList<FieldError> broken = ResourceValidator.ValidateRules(resource.Definition, prepared.Json.Span, out IResource? _);
        if (broken.Count > 0 && before is not null)
        {
            broken = [.. broken.Except(ResourceValidator.ValidateRules(resource.Definition, before.ToBytes(), out IResource? _))];
        }

        if (broken.Count > 0) return StatusErrors.Invalid(resource, after.Name(), broken);
        if (CheckFinalizers(request, before, after) is { } unqualified) return unqualified;
        if (resource.IsWorkload) WorkloadRules.Warn(resource, after, request.Http.Response);
        if (resource.QualifiedPlural == ServedResources.Namespaces) PodWarnings.OfSecurity(before, after, request.Http.Response);
        if (before is null) return prepared;

        var errors = new FieldErrors();
        if (!request.IsStatus) KindRules.CheckUpdate(resource, before, after, errors);
        if (before.IsDeleting()) RefuseNewFinalizers(before, after, errors);
        IReadOnlyList<FieldError> immutable = ResourceValidator.ValidateUpdate(resource.Definition, before, after);
        return errors.IsEmpty && immutable.Count == 0
            ? prepared
            : StatusErrors.Invalid(resource, after.Name(), [.. errors.Items, .. immutable]);
    }

    /// <summary>Checks an object against its kind's schema. Unknown fields are removed where the client asked for that.</summary>
    /// <param name="request">What is written.</param>
    /// <param name="document">The object.</param>
    /// <param name="options">What the client asked for.</param>
    /// <param name="before">
    /// The stored state; null for a new object. What it has wrong may stay, as in Kubernetes: rules become stricter, and an object
    /// stored before must still get its status and lose its finalizers.
    /// </param>
    public static StatusError? CheckSchema(ApiRequest request, JsonObject document, WriteOptions options, JsonObject? before = null)
    {
        ServedResource resource = request.Resource;
        RepeatedOwners.Drop(document, request.Http.Response);
        if (resource.Custom is { } custom) return CustomAdmission.Check(request, custom, document, options, before);
        IReadOnlyList<FieldError> errors = ResourceValidator.ValidateSchema(resource.Definition, document);
        IReadOnlyList<FieldError> repeated = RepeatedFields.Of(request.Http);
        if (errors.Count + repeated.Count == 0) return null;
        FieldError[] unknown = [.. repeated, .. errors.Where(error => error.Type == FieldErrorType.UnknownField)];
        if (unknown.Length > 0)
        {
            if (options.FieldValidation == FieldValidation.Strict) return StatusErrors.UnknownFields(resource, unknown);
            if (options.FieldValidation == FieldValidation.Warn)
            {
                foreach (FieldError error in unknown) Warnings.Add(request.Http.Response, WithoutList(error.Detail));
            }

            SchemaPruner.RemoveUnknown(document, resource.Definition.Schema);
            errors = ResourceValidator.ValidateSchema(resource.Definition, document);
        }

        if (errors.Count > 0 && before is not null)
        {
            errors = [.. errors.Except(ResourceValidator.ValidateSchema(resource.Definition, before))];
        }

        return errors.Count > 0 ? StatusErrors.Invalid(resource, document.Name(), errors) : null;
    }

    /// <summary>A warning is short: clients show several, and cut long ones.</summary>
    private static string WithoutList(string unknownField) => unknownField.Split("; known fields", 2)[0];

    /// <summary>
    /// Whether a change is one of what is wanted: of a custom kind that is all but metadata, and a status that is written apart.
    /// </summary>
    private static bool WantsOther(ServedResource resource, JsonObject before, JsonObject after)
    {
        if (resource.Custom is null) return !JsonNode.DeepEquals(before["spec"], after["spec"]);
        IEnumerable<string> names = before.Concat(after).Select(static member => member.Key).Distinct();
        return names
            .Where(name => name is not ("apiVersion" or "kind" or "metadata") && (name != "status" || !resource.Definition.HasStatus))
            .Any(name => !JsonNode.DeepEquals(before[name], after[name]));
    }

    /// <summary>The stored object with the status that was sent, and with what was sent about managed fields.</summary>
    private static JsonObject WithStatusOf(JsonObject before, JsonObject changed)
    {
        var after = new JsonObject();
        foreach ((string name, JsonNode? value) in before)
        {
            if (name == "metadata") after[name] = MetadataOf(before.Metadata(), changed.Metadata());
            else if (name == "status") after.TakeMember(changed, name);
            else after[name] = value?.DeepClone();
        }

        if (!before.ContainsKey("status")) after.TakeMember(changed, "status");
        return after;
    }

    /// <summary>The stored namespace with the finalizers of its spec that were sent.</summary>
    private static JsonObject WithFinalizersOf(JsonObject before, JsonObject changed)
    {
        JsonObject after = before.DeepClone().AsObject();
        after.CopyMember(changed, "spec");
        return after;
    }

    private static JsonObject MetadataOf(JsonObject before, JsonObject changed)
    {
        var after = new JsonObject();
        foreach ((string name, JsonNode? value) in before)
        {
            if (name == ManagedFields.Member) after.TakeMember(changed, name);
            else after[name] = value?.DeepClone();
        }

        if (!before.ContainsKey(ManagedFields.Member)) after.TakeMember(changed, ManagedFields.Member);
        return after;
    }

    private static JsonObject WithoutStatusOf(JsonObject before, JsonObject changed, ServedResource resource)
    {
        if (resource.Definition.HasStatus) changed.CopyMember(before, "status");
        JsonObject metadata = changed.Metadata();
        foreach (string name in ServerOwned) metadata.CopyMember(before.Metadata(), name);
        return changed;
    }

    /// <summary>
    /// New finalizers without a domain, which anybody else could use too: Kubernetes' own kinds do not take them, others warn of them.
    /// </summary>
    private static StatusError? CheckFinalizers(ApiRequest request, JsonObject? before, JsonObject after)
    {
        List<string> named = after.Metadata().TextList("finalizers");
        if (named.Count == 0) return null;
        string[] added =
        [
            .. named
                .Except(before?.Metadata().TextList("finalizers") ?? [])
                .Where(static name => !NameRules.HasDomain(name))
                .Except([ObjectDeletion.OrphanFinalizer, ObjectDeletion.ForegroundFinalizer, KindRules.NamespaceFinalizer]),
        ];
        bool isWarned = request.Resource.IsCustom || request.Resource.QualifiedPlural == DefinitionKind.QualifiedPlural;
        if (!isWarned && added.Length > 0)
        {
            return StatusErrors.Invalid(request.Resource, after.Name(), [.. added.Select(name => new FieldError(
                $"metadata.finalizers[{named.IndexOf(name)}]",
                FieldErrorType.Invalid,
                $"Invalid value: \"{name}\": name is neither a standard finalizer name nor is it fully qualified"))]);
        }

        foreach (string name in added)
        {
            Warnings.Add(
                request.Http.Response,
                $"metadata.finalizers: \"{name}\": prefer a domain-qualified finalizer name including a path (/) to avoid accidental "
                + "conflicts with other finalizer writers");
        }

        return null;
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
}
