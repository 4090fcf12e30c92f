using System.Net;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;
using Trireme.Kubernetes;

namespace Trireme.Testing;

/// <summary>The errors of an API server as its clients see them.</summary>
internal static class ApiAnswers
{
    public static ApiException NotFound(ResourceDefinition definition, string name) =>
        Error(definition, HttpStatusCode.NotFound, "NotFound", $"{definition.Plural} \"{name}\" not found");

    public static ApiException AlreadyExists(ResourceDefinition definition, string name) =>
        Error(definition, HttpStatusCode.Conflict, "AlreadyExists", $"{definition.Plural} \"{name}\" already exists");

    public static ApiException Conflict(ResourceDefinition definition, string name, string why) => Error(
        definition, HttpStatusCode.Conflict, "Conflict", $"Operation cannot be fulfilled on {definition.Plural} \"{name}\": {why}");

    public static ApiException Modified(ResourceDefinition definition, string name) => Conflict(
        definition, name, "the object has been modified; please apply your changes to the latest version and try again");

    public static ApiException Invalid(ResourceDefinition definition, string name, IEnumerable<FieldError> errors) => Error(
        definition,
        HttpStatusCode.UnprocessableEntity,
        "Invalid",
        $"{definition.Kind} \"{name}\" is invalid: {string.Join(", ", errors)}");

    public static ApiException BadRequest(ResourceDefinition definition, string message) =>
        Error(definition, HttpStatusCode.BadRequest, "BadRequest", message);

    public static ApiException Expired(ResourceDefinition definition, string message) =>
        Error(definition, HttpStatusCode.Gone, "Expired", message);

    public static ApiException Internal(ResourceDefinition definition, string message) =>
        Error(definition, HttpStatusCode.InternalServerError, "InternalError", message);

    private static ApiException Error(ResourceDefinition definition, HttpStatusCode code, string reason, string message) => new(
        HttpMethod.Get,
        new Uri(definition.Plural, UriKind.Relative),
        code,
        new Status { Code = (int)code, Reason = reason, Message = message });
}
