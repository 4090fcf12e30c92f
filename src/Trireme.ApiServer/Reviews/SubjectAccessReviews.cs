using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Requests;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Reviews;

/// <summary>"May this user?", asked by servers that leave the decision to the API server.</summary>
internal sealed class SubjectAccessReviews(ApiServerOptions options)
    : ReviewKind<SubjectAccessReview, SubjectAccessReviewStatus>("subjectaccessreviews")
{
    protected override async ValueTask<Outcome<SubjectAccessReviewStatus>> AnswerAsync(
        SubjectAccessReview review, UserInfo caller, CancellationToken cancellationToken)
    {
        SubjectAccessReviewSpec spec = review.Spec;
        if (AccessQuestion.Fault(spec.ResourceAttributes, spec.NonResourceAttributes) is { } fault)
        {
            return Invalid(fault.Field, fault.Detail);
        }

        bool someone = spec.User is { Length: > 0 } || spec.Groups is { Count: > 0 };
        if (!someone) return Invalid("spec.user", "at least one of user or group must be specified");
        var user = new UserInfo
        {
            Name = spec.User ?? "",
            Uid = spec.Uid,
            Groups = spec.Groups ?? [],
            Extra = spec.Extra ?? new Dictionary<string, IReadOnlyList<string>>(),
        };
        AccessRequest question = AccessQuestion.Of(user, spec.ResourceAttributes, spec.NonResourceAttributes);
        return await AccessQuestion.AskAsync(options.Authorizer, question, cancellationToken);
    }
}
