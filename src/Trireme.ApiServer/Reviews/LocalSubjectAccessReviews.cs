using Trireme.ApiServer.Access;
using Trireme.ApiServer.Requests;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Reviews;

/// <summary>"May this user here?", which the administrator of a namespace may ask about it.</summary>
internal sealed class LocalSubjectAccessReviews(AccessRules access)
    : ReviewKind<LocalSubjectAccessReview, SubjectAccessReviewStatus>("localsubjectaccessreviews", namespaced: true)
{
    protected override async ValueTask<Outcome<SubjectAccessReviewStatus>> AnswerAsync(
        LocalSubjectAccessReview review, UserInfo caller, CancellationToken cancellationToken)
    {
        SubjectAccessReviewSpec spec = review.Spec;
        FieldError? fault = AccessQuestion.Fault(spec.ResourceAttributes, spec.NonResourceAttributes)
            ?? AccessQuestion.NobodyNamed(spec)
            ?? Elsewhere(review);
        if (fault is not null) return Invalid(fault);
        return await AccessQuestion.AskAsync(access, AccessQuestion.Of(spec), cancellationToken);
    }

    private static FieldError? Elsewhere(LocalSubjectAccessReview review)
    {
        if (review.Spec.ResourceAttributes is not { } resource)
        {
            return new FieldError(
                "spec.nonResourceAttributes", FieldErrorType.Invalid, "Invalid value: null: disallowed on this kind of request");
        }

        return resource.Namespace == review.Metadata.Namespace
            ? null
            : new FieldError(
                "spec.resourceAttributes.namespace",
                FieldErrorType.Invalid,
                $"Invalid value: \"{resource.Namespace}\": must match metadata.namespace");
    }
}
