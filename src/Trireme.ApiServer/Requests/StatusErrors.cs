using Trireme.ApiServer.Admission;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Requests;

/// <summary>The errors of the API in the words of Kubernetes, which its clients match and print.</summary>
internal static class StatusErrors
{
    public static StatusError NotFound(ServedResource resource, string name) =>
        new(404, "NotFound", $"{resource} \"{name}\" not found", Details(resource, name));

    /// <summary>An object that is missing of a kind by its names, which need not be served.</summary>
    public static StatusError NotFound(string qualifiedPlural, string name, string group, string plural) => new(
        404,
        "NotFound",
        $"{qualifiedPlural} \"{name}\" not found",
        new StatusDetails { Name = name, Group = group.Length == 0 ? null : group, Kind = plural });

    public static StatusError UnknownPath(string path) =>
        new(404, "NotFound", $"the server could not find the requested resource: {path}");

    public static StatusError AlreadyExists(ObjectKey key) =>
        new(409, "AlreadyExists", $"{Place(key)} already exists", Details(key.Resource, key.Name));

    /// <summary>A name that an object of the kind has with which this one shares its names.</summary>
    public static StatusError NameTaken(ObjectKey key, ServedResource other) => new(
        409,
        "AlreadyExists",
        $"{Place(key)} already exists: {other} \"{key.Name}\" bears the name, which both kinds share; take another one",
        Details(key.Resource, key.Name));

    public static StatusError Conflict(ObjectKey key, string message) => new(
        409, "Conflict", $"Operation cannot be fulfilled on {Place(key)}: {message}", Details(key.Resource, key.Name));

    public static StatusError Modified(ObjectKey key) => Conflict(
        key, "the object has been modified; please apply your changes to the latest version and try again");

    public static StatusError ApplyConflict(string message, IReadOnlyList<StatusCause> causes) =>
        new(409, "Conflict", message, new StatusDetails { Causes = causes });

    public static StatusError Invalid(ServedResource resource, string name, IReadOnlyList<FieldError> errors) => new(
        422,
        "Invalid",
        $"{resource.QualifiedKind} \"{name}\" is invalid: {List(errors)}",
        new StatusDetails
        {
            Name = name,
            Group = GroupOf(resource),
            Kind = resource.Definition.Kind,
            Causes = Causes(errors),
        });

    /// <summary>Fields the kind does not have. Kubernetes answers these as a body it cannot decode, not as an invalid object.</summary>
    public static StatusError UnknownFields(ServedResource resource, IReadOnlyList<FieldError> errors)
    {
        string kind = resource.Definition.Kind;
        string list = string.Join(", ", errors.Select(error => error.Detail));
        return new StatusError(
            400,
            "BadRequest",
            $"{kind} in version \"{resource.Definition.Version}\" cannot be handled as a {kind}: strict decoding error: {list}",
            new StatusDetails { Group = GroupOf(resource), Kind = kind, Causes = Causes(errors) });
    }

    public static StatusError BadRequest(string message) => new(400, "BadRequest", message);

    public static StatusError Forbidden(ServedResource resource, string name, string message) =>
        new(403, "Forbidden", $"{resource} \"{name}\" is forbidden: {message}", Details(resource, name));

    /// <summary>A write that would give a tenant more than it may have.</summary>
    public static StatusError OverLimit(ServedResource resource, string name, WriteRefusal refusal)
    {
        StatusError error = Forbidden(resource, name, refusal.Message);
        if (refusal.Field.Length == 0) return error;
        var cause = new StatusCause { Reason = "FieldValueForbidden", Message = refusal.Message, Field = refusal.Field };
        return error with { Details = error.Details! with { Causes = [cause] } };
    }

    public static StatusError NamespaceTerminating(ObjectKey key)
    {
        string why = $"unable to create new content in namespace {key.Namespace} because it is being terminated";
        return Forbidden(key.Resource, key.Name, why) with
        {
            Details = Details(key.Resource, key.Name) with
            {
                Causes =
                [
                    new StatusCause
                    {
                        Reason = "NamespaceTerminating",
                        Message = $"namespace {key.Namespace} is being terminated",
                        Field = "metadata.namespace",
                    },
                ],
            },
        };
    }

    /// <summary>A deletion that would take away what others need.</summary>
    public static StatusError InUse(ObjectKey key, IReadOnlyList<UserOfObject> users) =>
        Conflict(key, $"it is in use by {UserOfObject.List(users)}; move them to another one or delete them first") with
        {
            Details = Details(key.Resource, key.Name) with
            {
                Causes =
                [
                    .. users.Take(UserOfObject.ShownMax).Select(user =>
                        new StatusCause { Reason = "InUse", Message = user.ToString(), Field = user.Field }),
                ],
            },
        };

    /// <summary>Options of a deletion that contradict each other or mean nothing.</summary>
    public static StatusError InvalidDeleteOptions(string field, FieldErrorType type, string problem) =>
        InvalidOptions("DeleteOptions", [new FieldError(field, type, problem)], "meta.k8s.io");

    /// <summary>Options of a request, of a kind that is no resource.</summary>
    public static StatusError InvalidOptions(string kind, IReadOnlyList<FieldError> errors, string group = "")
    {
        string name = group.Length == 0 ? kind : $"{kind}.{group}";
        return new StatusError(422, "Invalid", $"{name} \"\" is invalid: {List(errors)}", new StatusDetails
        {
            Group = group.Length == 0 ? null : group,
            Kind = kind,
            Causes = Causes(errors),
        });
    }

    /// <summary>A review that cannot be answered. Kubernetes names its group alone.</summary>
    public static StatusError InvalidReview(string group, FieldError fault) => new(
        422,
        "Invalid",
        $".{group} \"\" is invalid: {fault}",
        new StatusDetails { Group = group, Causes = Causes([fault]) });

    /// <summary>A denial by the authorizer.</summary>
    public static StatusError Forbidden(AccessRequest access, AccessDecision decision)
    {
        string because = decision.Reason.Length > 0 ? $": {decision.Reason}" : "";
        if (access.Path is { } path)
        {
            string message = $"forbidden: User \"{access.User.Name}\" cannot {access.Verb} path \"{path}\"{because}";
            return new StatusError(403, "Forbidden", message, new StatusDetails());
        }

        string kind = access.Group.Length > 0 ? $"{access.Resource}.{access.Group}" : access.Resource;
        string name = access.Name.Length > 0 ? $" \"{access.Name}\"" : "";
        string resource = access.Subresource.Length > 0 ? $"{access.Resource}/{access.Subresource}" : access.Resource;
        string where = access.Namespace.Length > 0 ? $"in the namespace \"{access.Namespace}\"" : "at the cluster scope";
        return new StatusError(
            403,
            "Forbidden",
            $"{kind}{name} is forbidden: User \"{access.User.Name}\" cannot {access.Verb} resource \"{resource}\" "
            + $"in API group \"{access.Group}\" {where}{because}",
            new StatusDetails
            {
                Name = access.Name.Length > 0 ? access.Name : null,
                Group = access.Group.Length > 0 ? access.Group : null,
                Kind = access.Resource,
            });
    }

    public static StatusError Unauthorized() =>
        new(401, "Unauthorized", "Unauthorized: send the header \"Authorization: Bearer <token>\" with a token this server knows");

    public static StatusError MethodNotAllowed(string method, string path) =>
        new(405, "MethodNotAllowed", $"the server does not allow this method on the requested resource: {method} {path}");

    public static StatusError ReadOnly(string insteadOfWriting) =>
        new(405, "MethodNotAllowed", $"the server does not allow this method on the requested resource: {insteadOfWriting}");

    public static StatusError Expired(string message) => new(410, "Expired", message);

    /// <summary>A list whose state is forgotten. The token goes on after the same object, with the present state.</summary>
    public static StatusError ContinueExpired(ContinueToken next) => Expired(
        "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue "
        + "parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided "
        + "token results in an inconsistent list: what changed since the first page may be in it twice or not at all.") with
    { Continue = next };

    public static StatusError NotAcceptable() => new(
        406,
        "NotAcceptable",
        "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, application/json;stream=watch. Each also "
        + "as=Table or as=PartialObjectMetadata with g=meta.k8s.io;v=v1; protobuf is read and not written");

    public static StatusError TooLarge(int limit) => new(
        413, "RequestEntityTooLarge", $"Request entity too large: limit is {limit} bytes; split the object or keep large data in files");

    public static StatusError TooManyOperations(int limit, int sent) => new(
        413, "RequestEntityTooLarge", $"The allowed maximum operations in a JSON patch is {limit}, got {sent}");

    public static StatusError UnsupportedMediaType(string? sent, params IReadOnlyList<string> accepted) => new(
        415,
        "UnsupportedMediaType",
        $"the body of the request was in an unknown format \"{sent}\" - accepted media types include: {string.Join(", ", accepted)}");

    public static StatusError RevisionTooLarge(long asked, long current) => new(
        504,
        "Timeout",
        $"Too large resource version: {asked}, current: {current}",
        new StatusDetails
        {
            RetryAfterSeconds = 1,
            Causes = [new StatusCause { Reason = "ResourceVersionTooLarge", Message = "Too large resource version" }],
        });

    public static StatusError TooLongForYaml(int limit) => new(
        413,
        "RequestEntityTooLarge",
        $"the answer is longer than the {limit >> 20} MiB that are written as YAML; ask for JSON, or for less by limit");

    public static StatusError TooManyAnswers() => new(
        429,
        "TooManyRequests",
        "too many answers to this user are still being read; read or close them, or try again",
        new StatusDetails { RetryAfterSeconds = 1 });

    public static StatusError TooManyWatches(int limit) => TooManyOpen("watches", limit);

    public static StatusError TooManyOpen(string what, int limit) => new(
        429,
        "TooManyRequests",
        $"the server has {limit} open {what}, which is its limit; close some or try again",
        new StatusDetails { RetryAfterSeconds = 1 });

    /// <summary>The store cannot do what was asked. Kubernetes has no reason for a full disk; the code says it.</summary>
    public static StatusError StoreUnavailable(StoreUnavailableException exception)
    {
        var again = new StatusDetails { RetryAfterSeconds = 1 };
        return exception.Trouble switch
        {
            StoreTrouble.Full => new StatusError(507, "InsufficientStorage", exception.Message),
            StoreTrouble.Busy => new StatusError(429, "TooManyRequests", exception.Message, again),
            StoreTrouble.Failing => Internal(exception.Message),
            _ => new StatusError(503, "ServiceUnavailable", exception.Message, again),
        };
    }

    /// <summary>Kubernetes' answer to an object in its store that it cannot decode.</summary>
    public static StatusError Unreadable(QuarantinedObject found) => new(
        500,
        "StorageReadError",
        $"{found.Resource} \"{found.Name}\" is stored and cannot be read: {found.Reason}. Restore a backup; or remove it with a deletion "
        + $"that says {DeletionOptions.IgnoreReadError}=true, after which what it owned is collected",
        new StatusDetails { Name = found.Name, Kind = found.Resource, Uid = found.Uid });

    public static StatusError Internal(string message) => new(500, "InternalError", $"Internal error occurred: {message}");

    public static StatusError Unavailable(string message) => new(503, "ServiceUnavailable", message);

    private static string List(IReadOnlyList<FieldError> errors) =>
        errors.Count == 1 ? errors[0].ToString() : $"[{string.Join(", ", errors)}]";

    /// <summary>An object by its namespace too: the same name may stand in several. Kubernetes leaves that out.</summary>
    private static string Place(ObjectKey key) =>
        $"{key.Resource} \"{key.Name}\"{(key.Namespace.Length == 0 ? "" : $" in namespace \"{key.Namespace}\"")}";

    /// <summary>The group of a kind; the core group goes without saying.</summary>
    private static string? GroupOf(ServedResource resource) => resource.Definition.Group is { Length: > 0 } group ? group : null;

    private static StatusDetails Details(ServedResource resource, string name) => new()
    {
        Name = name,
        Group = GroupOf(resource),
        Kind = resource.Definition.Plural,
    };

    private static IReadOnlyList<StatusCause> Causes(IReadOnlyList<FieldError> errors) =>
        [.. errors.Select(error => new StatusCause { Reason = error.Reason, Message = error.Detail, Field = error.Field })];
}
