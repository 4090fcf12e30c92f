using Trireme.Contracts.Identity;

namespace Trireme.Hosting.Access;

/// <summary>Whoever has signed in or presents the key may ask everything; nobody else may ask anything.</summary>
internal sealed class AuthenticatedAuthorizer : IAuthorizer
{
    private static readonly AccessDecision Allowed = AccessDecision.Allow("the caller is known");
    private static readonly AccessDecision Denied = AccessDecision.Deny("nobody has signed in and no key was sent");

    public ValueTask<AccessDecision> AuthorizeAsync(AccessRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(request.User.IsIn(WellKnownGroups.Authenticated) ? Allowed : Denied);
}
