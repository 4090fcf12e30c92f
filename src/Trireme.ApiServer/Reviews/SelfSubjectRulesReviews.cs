using Trireme.ApiServer.Access;
using Trireme.ApiServer.Requests;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Reviews;

/// <summary>"What may I?", as kubectl auth can-i --list asks.</summary>
internal sealed class SelfSubjectRulesReviews(AccessRules access)
    : ReviewKind<SelfSubjectRulesReview, SubjectRulesReviewStatus>("selfsubjectrulesreviews")
{
    protected override ValueTask<Outcome<SubjectRulesReviewStatus>> AnswerAsync(
        SelfSubjectRulesReview review, UserInfo caller, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Answer(review, caller));

    private Outcome<SubjectRulesReviewStatus> Answer(SelfSubjectRulesReview review, UserInfo caller)
    {
        if (review.Spec.Namespace is not { Length: > 0 } asked) return StatusErrors.BadRequest("no namespace on request");
        AccessGrants grants = access.Policy!.GrantsOf(caller, asked);
        return new SubjectRulesReviewStatus
        {
            ResourceRules =
            [
                .. grants.Rules.Where(static rule => rule.Resources is { Count: > 0 }).Select(static rule => new ResourceRule
                {
                    Verbs = rule.Verbs ?? [],
                    ApiGroups = rule.ApiGroups,
                    Resources = rule.Resources,
                    ResourceNames = rule.ResourceNames,
                }),
            ],
            NonResourceRules =
            [
                .. grants.Rules.Where(static rule => rule.NonResourceURLs is { Count: > 0 }).Select(static rule => new NonResourceRule
                {
                    Verbs = rule.Verbs ?? [],
                    NonResourceURLs = rule.NonResourceURLs,
                }),
            ],
            Incomplete = grants.Errors.Count > 0,
            EvaluationError = grants.Errors.Count > 0 ? string.Join(", ", grants.Errors) : null,
        };
    }
}
