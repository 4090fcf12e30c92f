using Trireme.Contracts.Identity;

namespace Trireme.ApiServer.Security;

/// <summary>
/// Asks several authenticators in their order; the first that knows the token answers. Whoever is known is in the group
/// system:authenticated.
/// </summary>
public sealed class TokenAuthenticatorChain(IReadOnlyList<ITokenAuthenticator> authenticators) : ITokenAuthenticator
{
    public async ValueTask<UserInfo?> AuthenticateAsync(string token, CancellationToken cancellationToken)
    {
        foreach (ITokenAuthenticator authenticator in authenticators)
        {
            if (await authenticator.AuthenticateAsync(token, cancellationToken) is not { } user) continue;
            return user.IsIn(WellKnownGroups.Authenticated)
                ? user
                : user with { Groups = [.. user.Groups, WellKnownGroups.Authenticated] };
        }

        return null;
    }
}
