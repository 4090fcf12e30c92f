using Trireme.Contracts.Identity;
using Trireme.Governance.ApiKeys;

namespace Trireme.Gateway.Identity;

/// <summary>The rule where no other authorizer is registered: an API key opens everything in its own namespace and nothing else.</summary>
internal sealed class KeyNamespaceAuthorizer : IAuthorizer
{
    private static readonly AccessDecision Allowed = AccessDecision.Allow("the API key belongs to the namespace");
    private static readonly AccessDecision Denied = AccessDecision.Deny("an API key opens its own namespace only");

    public ValueTask<AccessDecision> AuthorizeAsync(AccessRequest request, CancellationToken cancellationToken) => new(Decide(request));

    internal static AccessDecision Decide(AccessRequest request) =>
        request.IsResource && ApiKeyIdentity.IsKeyOf(request.User, request.Namespace) ? Allowed : Denied;
}
