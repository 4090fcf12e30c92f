namespace Trireme.Contracts.Identity;

/// <summary>
/// Decides what a known user may do. Asked once for each request, at the one point where verb and resource are known.
/// </summary>
public interface IAuthorizer
{
    ValueTask<AccessDecision> AuthorizeAsync(AccessRequest request, CancellationToken cancellationToken);
}
