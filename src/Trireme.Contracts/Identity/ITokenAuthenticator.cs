namespace Trireme.Contracts.Identity;

/// <summary>One way to tell who a bearer token belongs to. Several are asked in order; the first that knows the token answers.</summary>
public interface ITokenAuthenticator
{
    /// <summary>Null if this authenticator does not know the token; another may.</summary>
    ValueTask<UserInfo?> AuthenticateAsync(string token, CancellationToken cancellationToken);
}
