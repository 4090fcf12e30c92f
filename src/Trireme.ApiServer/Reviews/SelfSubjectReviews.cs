using Trireme.ApiServer.Requests;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Reviews;

/// <summary>"Who am I?", as kubectl auth whoami asks.</summary>
internal sealed class SelfSubjectReviews() : ReviewKind<SelfSubjectReview, SelfSubjectReviewStatus>("selfsubjectreviews")
{
    protected override ValueTask<Outcome<SelfSubjectReviewStatus>> AnswerAsync(
        SelfSubjectReview review, UserInfo caller, CancellationToken cancellationToken) =>
        ValueTask.FromResult<Outcome<SelfSubjectReviewStatus>>(new SelfSubjectReviewStatus { UserInfo = Shown(caller) });
}
