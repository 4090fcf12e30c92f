using Trireme.Contracts.Identity;

namespace Trireme.ApiServer.Security;

/// <summary>Lets the group system:masters do everything and nobody else anything.</summary>
public sealed class SystemMastersAuthorizer : IAuthorizer
{
    private static readonly AccessDecision Allowed = AccessDecision.Allow($"the user is in the group {WellKnownGroups.Masters}");

    public ValueTask<AccessDecision> AuthorizeAsync(AccessRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(request.User.IsIn(WellKnownGroups.Masters) ? Allowed : AccessDecision.Deny(""));
}
