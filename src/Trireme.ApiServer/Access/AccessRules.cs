using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Security;
using Trireme.Contracts.Identity;

namespace Trireme.ApiServer.Access;

/// <summary>Decides over every request, whichever way it is decided on this server.</summary>
internal sealed class AccessRules(ApiServerOptions options) : IAuthorizer
{
    private readonly IAuthorizer _authorizer = options.Authorizer ?? options.Access?.Policy ?? (IAuthorizer)new BootstrapAuthorizer();

    /// <summary>What roles and bindings say; null where there are none.</summary>
    public IAccessPolicy? Policy => options.Access?.Policy;

    public ValueTask<AccessDecision> AuthorizeAsync(AccessRequest request, CancellationToken cancellationToken) =>
        _authorizer.AuthorizeAsync(request, cancellationToken);

    /// <summary>
    /// Why a write that may change an object may not make one that is not there; null if it may. It was let in as a change.
    /// </summary>
    public async ValueTask<StatusError?> CreationRefusalAsync(ApiRequest request)
    {
        var question = new AccessRequest
        {
            User = request.User,
            Verb = "create",
            Group = request.Resource.Definition.Group,
            Version = request.Resource.Definition.Version,
            Resource = request.Resource.Definition.Plural,
            Namespace = request.Namespace,
            Name = request.Name ?? "",
        };
        AccessDecision decision = await AuthorizeAsync(question, request.Http.RequestAborted);
        return decision.IsAllowed ? null : StatusErrors.Forbidden(question, decision);
    }
}
