using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Requests;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Reviews;

/// <summary>"May I?", as kubectl auth can-i asks.</summary>
internal sealed class SelfSubjectAccessReviews(ApiServerOptions options)
    : ReviewKind<SelfSubjectAccessReview, SubjectAccessReviewStatus>("selfsubjectaccessreviews")
{
    protected override async ValueTask<Outcome<SubjectAccessReviewStatus>> AnswerAsync(
        SelfSubjectAccessReview review, UserInfo caller, CancellationToken cancellationToken)
    {
        SelfSubjectAccessReviewSpec spec = review.Spec;
        if (AccessQuestion.Fault(spec.ResourceAttributes, spec.NonResourceAttributes) is { } fault)
        {
            return Invalid(fault.Field, fault.Detail);
        }

        AccessRequest question = AccessQuestion.Of(caller, spec.ResourceAttributes, spec.NonResourceAttributes);
        return await AccessQuestion.AskAsync(options.Authorizer, question, cancellationToken);
    }
}
