using Trireme.Contracts.Identity;

namespace Trireme.Telemetry.Http;

/// <summary>
/// The rule of a listener that only this machine reaches and that has no login: whoever reaches it may read. A host that listens elsewhere
/// registers an authorizer of its own.
/// </summary>
internal sealed class LoopbackAuthorizer : IAuthorizer
{
    private static readonly AccessDecision Decision = AccessDecision.Allow("the listener is open to this machine");

    public ValueTask<AccessDecision> AuthorizeAsync(AccessRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Decision);
}
