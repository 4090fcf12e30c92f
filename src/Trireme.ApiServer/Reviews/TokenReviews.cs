using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Security;
using Trireme.ApiServer.ServiceAccounts;
using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Reviews;

/// <summary>"Whose token is this?", asked by servers that take the API server's users.</summary>
internal sealed class TokenReviews(TokenAuthenticatorChain authenticators, ServiceAccountAuthenticator? accounts = null)
    : ReviewKind<TokenReview, TokenReviewStatus>("tokenreviews")
{
    /// <summary>Whom tokens that name nobody are for: this server, which is called by its group too.</summary>
    private readonly string[] _own = [.. accounts?.Audiences ?? [], TriremeApi.Group];

    protected override async ValueTask<Outcome<TokenReviewStatus>> AnswerAsync(
        TokenReview review, UserInfo caller, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(review.Spec.Token))
        {
            return StatusErrors.BadRequest("token is required for TokenReview in authentication");
        }

        IReadOnlyList<string> audiences = review.Spec.Audiences is { Count: > 0 } asked ? asked : accounts?.Audiences ?? _own;
        TokenFinding found = accounts?.Review(review.Spec.Token, audiences) ?? TokenFinding.Unknown;
        if (found == TokenFinding.Unknown) found = await FindOtherAsync(review.Spec.Token, audiences, cancellationToken);
        return found.User is { } user
            ? new TokenReviewStatus { Authenticated = true, User = Shown(user), Audiences = found.Audiences }
            : new TokenReviewStatus { User = new ReviewedUser(), Error = found.Error };
    }

    /// <summary>A token that says nothing of audiences is for this server.</summary>
    private async ValueTask<TokenFinding> FindOtherAsync(string token, IReadOnlyList<string> audiences, CancellationToken cancellationToken)
    {
        string[] meant = [.. _own.Intersect(audiences)];
        return meant.Length > 0 && await authenticators.AuthenticateAsync(token, cancellationToken) is { } user
            ? new TokenFinding(user, meant, Error: null)
            : TokenFinding.Unknown;
    }
}
