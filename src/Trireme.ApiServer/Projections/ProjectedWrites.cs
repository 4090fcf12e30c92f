using System.Text.Json.Nodes;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Projections;

/// <summary>
/// Writes of a kind that is another form of a stored one: what is sent is checked in its own form and turned into the stored one, and what
/// was stored is shown in this one again. All other kinds go through unchanged, and custom kinds too: those are checked in the version in
/// which they are written, and stored in another at the very end.
/// </summary>
internal static class ProjectedWrites
{
    /// <summary>The request for the object that is stored.</summary>
    public static ApiRequest Stored(ApiRequest request) =>
        request.Resource is { Projection: { } projection, Custom: null } ? request with { Resource = projection.Source } : request;

    /// <summary>What was sent, in the form in which it is stored.</summary>
    /// <param name="request">The request as it came.</param>
    /// <param name="before">The object as the client knows it; null for a new one.</param>
    /// <param name="sent">What is to be written. It is used up.</param>
    /// <param name="options">What the client asked for.</param>
    public static Outcome<JsonObject> ToStored(ApiRequest request, JsonObject? before, JsonObject sent, WriteOptions options)
    {
        if (request.Resource is not { Projection: { } projection, Custom: null }) return sent;
        SchemaPruner.Normalize(sent, projection.Kind.Definition.Schema);
        if (ObjectAdmission.CheckSchema(request, sent, options, before) is { } invalid) return invalid;
        FieldError[] errors = [.. Rules(projection.Kind, sent).Except(before is null ? [] : Rules(projection.Kind, before))];
        FieldError[] changed = before is null ? [] : [.. Changed(projection.Kind, before, sent)];
        return errors.Length + changed.Length > 0
            ? StatusErrors.Invalid(request.Resource, sent.Name(), [.. errors, .. changed])
            : projection.Kind.ToSource(sent);
    }

    /// <summary>The answer to a write, in the form in which it came.</summary>
    public static ResourceResponse Shown(ApiRequest request, ResourceResponse response)
    {
        if (request.Resource.Projection is not { } projection || response is not ObjectResponse { } stored) return response;
        JsonObject? shown = projection.Kind.Project(ResourceDocument.Parse(stored.Json.Span));
        return shown is null
            ? StatusErrors.NotFound(request.Resource, request.Name ?? "")
            : new ObjectResponse(stored.Code, request.Resource, shown.ToBytes());
    }

    private static IReadOnlyList<FieldError> Rules(IProjectedKind kind, JsonObject document) =>
        ResourceValidator.ValidateRules(kind.Definition, document.ToBytes(), out IResource? _);

    private static IEnumerable<FieldError> Changed(IProjectedKind kind, JsonObject before, JsonObject after) => kind.ImmutableFields
        .Where(field => !JsonNode.DeepEquals(before[field], after[field]))
        .Select(field => new FieldError(field, FieldErrorType.Invalid, "the field is immutable; report another event"));
}
