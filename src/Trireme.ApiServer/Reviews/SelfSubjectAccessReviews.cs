using Trireme.ApiServer.Access;
using Trireme.ApiServer.Requests;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Reviews;

/// <summary>"May I?", as kubectl auth can-i asks.</summary>
internal sealed class SelfSubjectAccessReviews(AccessRules access)
    : ReviewKind<SelfSubjectAccessReview, SubjectAccessReviewStatus>("selfsubjectaccessreviews")
{
    protected override async ValueTask<Outcome<SubjectAccessReviewStatus>> AnswerAsync(
        SelfSubjectAccessReview review, UserInfo caller, CancellationToken cancellationToken)
    {
        SelfSubjectAccessReviewSpec spec = review.Spec;
        if (AccessQuestion.Fault(spec.ResourceAttributes, spec.NonResourceAttributes) is { } fault)
        {
            return Invalid(fault);
        }

        AccessRequest question = AccessQuestion.Of(caller, spec.ResourceAttributes, spec.NonResourceAttributes);
        return await AccessQuestion.AskAsync(access, question, cancellationToken);
    }
}
