using Trireme.Contracts.Identity;

namespace Trireme.ApiServer.Security;

/// <summary>
/// What holds on Kubernetes before anyone has written a rule: the group system:masters may do everything, and every known user may find out
/// what the server offers (system:discovery) and what they themselves are and may (system:basic-user). Nobody may anything else.
/// </summary>
public sealed class BootstrapAuthorizer : IAuthorizer
{
    private static readonly AccessDecision Master = AccessDecision.Allow($"the user is in the group {WellKnownGroups.Masters}");
    private static readonly AccessDecision Known = AccessDecision.Allow("every authenticated user may");
    private static readonly AccessDecision Denied = AccessDecision.Deny("");

    private static readonly string[] DiscoveryRoots = ["/api", "/apis", "/openapi", "/healthz", "/livez", "/readyz", "/version"];

    private static readonly string[] OwnReviews = ["selfsubjectreviews", "selfsubjectaccessreviews", "selfsubjectrulesreviews"];

    public ValueTask<AccessDecision> AuthorizeAsync(AccessRequest request, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Decide(request));

    private static AccessDecision Decide(AccessRequest request)
    {
        if (request.User.IsIn(WellKnownGroups.Masters)) return Master;
        if (!request.User.IsIn(WellKnownGroups.Authenticated)) return Denied;
        bool isOpen = request.Path is { } path
            ? request.Verb == "get" && IsDiscovery(path)
            : request.Verb == "create"
                && request.Group is ("authentication.k8s.io" or "authorization.k8s.io")
                && OwnReviews.Contains(request.Resource);
        return isOpen ? Known : Denied;
    }

    private static bool IsDiscovery(string path) => Array.Exists(
        DiscoveryRoots, root => path == root || (path.StartsWith(root, StringComparison.Ordinal) && path[root.Length] == '/'));
}
