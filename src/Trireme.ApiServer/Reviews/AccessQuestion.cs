using System.Text.Json;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Reviews;

/// <summary>What the two access reviews share: an attribute of one of two kinds, put to the authorizer.</summary>
internal static class AccessQuestion
{
    /// <summary>Why the attributes cannot be asked about; null if they can.</summary>
    public static FieldError? Fault(ResourceAttributes? resource, NonResourceAttributes? path) => (resource, path) switch
    {
        (not null, not null) => new FieldError(
            "spec.nonResourceAttributes",
            FieldErrorType.Invalid,
            $"Invalid value: {JsonSerializer.Serialize(path, ResourceJson.Options)}: cannot be specified in combination with "
            + "resourceAttributes"),
        (null, null) => new FieldError(
            "spec.resourceAttributes",
            FieldErrorType.Invalid,
            "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified"),
        _ => null,
    };

    /// <summary>Why nobody is asked about; null if somebody is.</summary>
    public static FieldError? NobodyNamed(SubjectAccessReviewSpec spec) =>
        spec.User is { Length: > 0 } || spec.Groups is { Count: > 0 }
            ? null
            : new FieldError("spec.user", FieldErrorType.Invalid, "Invalid value: \"\": at least one of user or group must be specified");

    /// <summary>What is asked about somebody else than the caller.</summary>
    public static AccessRequest Of(SubjectAccessReviewSpec spec)
    {
        var user = new UserInfo
        {
            Name = spec.User ?? "",
            Uid = spec.Uid,
            Groups = spec.Groups ?? [],
            Extra = spec.Extra ?? new Dictionary<string, IReadOnlyList<string>>(),
        };
        return Of(user, spec.ResourceAttributes, spec.NonResourceAttributes);
    }

    public static AccessRequest Of(UserInfo user, ResourceAttributes? resource, NonResourceAttributes? path) => resource is null
        ? new AccessRequest { User = user, Verb = path?.Verb ?? "", Path = path?.Path ?? "" }
        : new AccessRequest
        {
            User = user,
            Verb = resource.Verb ?? "",
            Group = resource.Group ?? "",
            Version = resource.Version ?? "",
            Resource = resource.Resource ?? "",
            Subresource = resource.Subresource ?? "",
            Namespace = resource.Namespace ?? "",
            Name = resource.Name ?? "",
        };

    public static async ValueTask<SubjectAccessReviewStatus> AskAsync(
        IAuthorizer authorizer, AccessRequest request, CancellationToken cancellationToken)
    {
        AccessDecision decision = await authorizer.AuthorizeAsync(request, cancellationToken);
        return new SubjectAccessReviewStatus
        {
            Allowed = decision.IsAllowed,
            Reason = decision.Reason.Length > 0 ? decision.Reason : null,
        };
    }
}
