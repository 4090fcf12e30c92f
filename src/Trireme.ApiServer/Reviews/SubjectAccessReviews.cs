using Trireme.ApiServer.Access;
using Trireme.ApiServer.Requests;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Reviews;

/// <summary>"May this user?", asked by servers that leave the decision to the API server.</summary>
internal sealed class SubjectAccessReviews(AccessRules access)
    : ReviewKind<SubjectAccessReview, SubjectAccessReviewStatus>("subjectaccessreviews")
{
    protected override async ValueTask<Outcome<SubjectAccessReviewStatus>> AnswerAsync(
        SubjectAccessReview review, UserInfo caller, CancellationToken cancellationToken)
    {
        SubjectAccessReviewSpec spec = review.Spec;
        FieldError? fault = AccessQuestion.Fault(spec.ResourceAttributes, spec.NonResourceAttributes) ?? AccessQuestion.NobodyNamed(spec);
        if (fault is not null) return Invalid(fault);
        return await AccessQuestion.AskAsync(access, AccessQuestion.Of(spec), cancellationToken);
    }
}
