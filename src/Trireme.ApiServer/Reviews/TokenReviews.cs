using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Security;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Reviews;

/// <summary>"Whose token is this?", asked by servers that take the API server's users.</summary>
internal sealed class TokenReviews(TokenAuthenticatorChain authenticators)
    : ReviewKind<TokenReview, TokenReviewStatus>("tokenreviews")
{
    /// <summary>Whom this server's own tokens are meant for; a token presented to anyone else is not accepted.</summary>
    public const string Audience = TriremeApi.Group;

    protected override async ValueTask<Outcome<TokenReviewStatus>> AnswerAsync(
        TokenReview review, UserInfo caller, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(review.Spec.Token))
        {
            return StatusErrors.BadRequest("token is required for TokenReview in authentication");
        }

        IReadOnlyList<string> audiences = review.Spec.Audiences ?? [];
        bool meant = audiences.Count == 0 || audiences.Contains(Audience);
        UserInfo? user = meant ? await authenticators.AuthenticateAsync(review.Spec.Token, cancellationToken) : null;
        if (user is null) return new TokenReviewStatus { User = new ReviewedUser(), Error = "invalid bearer token" };
        return new TokenReviewStatus { Authenticated = true, User = Shown(user), Audiences = [Audience] };
    }
}
