using Trireme.Contracts.Identity;

namespace Trireme.ApiServer.Access;

/// <summary>
/// What makes a server one of many users: roles and bindings, and service accounts with their tokens. Without it there are neither, and
/// <see cref="Security.BootstrapAuthorizer"/> decides.
/// </summary>
/// <param name="Policy">Decides by the roles and bindings of the store.</param>
/// <param name="Tokens">Signs tokens of service accounts.</param>
public sealed record AccessControl(IAccessPolicy Policy, ITokenIssuer Tokens);
