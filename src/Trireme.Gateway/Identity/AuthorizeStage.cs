using Trireme.Contracts.Identity;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Validation;
using Trireme.Gateway.Pipeline;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Identity;

/// <summary>
/// Asks whether the caller may do to the service what the route means, such as "infer". This is the one place that answers for a
/// service that does not exist, and it answers the same for one that the caller may not use, so that nothing shows of either.
/// </summary>
internal sealed class AuthorizeStage(IAuthorizer authorizer) : IRequestStage
{
    /// <summary>Longest name an object may have in Kubernetes; a longer one names nothing.</summary>
    private const int MaxNameLength = 253;

    /// <summary>A name of any length is not repeated to its sender.</summary>
    private const int MaxShownLength = 100;

    private static readonly ResourceDefinition Services = ResourceCatalog.Of<ModelService>();

    public string Name => "authorize";

    public async ValueTask<GatewayError?> RunAsync(GatewayRequest request)
    {
        string name = request.Model.Length <= MaxNameLength ? request.Model : Shown(request.Model);
        AccessRequest access = AccessTo(request, name);
        request.Access = access;
        AccessDecision decision = await authorizer.AuthorizeAsync(access, request.ClientLeft);
        request.Decision = decision;
        if (request.Route.Model == ModelLocation.None)
        {
            // A list that the caller may not see is empty, as that of a namespace without services.
            if (!decision.IsAllowed) request.Tenant = null;
            return null;
        }

        // What is kept stays its owner's when the service that answered is gone.
        bool isAllowed = decision.IsAllowed && request.Caller!.Opens(request.Model);
        if (request.Kept is { } kept) return isAllowed ? null : GatewayErrors.ResponseNotFound(kept.Id);
        if (isAllowed && request.Service is not null) return null;
        request.Service = null;
        return GatewayErrors.ModelNotFound(Shown(request.Model), await NearestAsync(request));
    }

    private static AccessRequest AccessTo(GatewayRequest request, string name) => new()
    {
        User = request.Caller!.User,
        Verb = request.Route.Verb!,
        Group = Services.Group,
        Version = Services.Version,
        Resource = Services.Plural,
        Namespace = request.Caller.Namespace,
        Name = name,
    };

    /// <summary>The service the caller may have meant, if he may use it.</summary>
    private async ValueTask<string?> NearestAsync(GatewayRequest request)
    {
        if (request.Tenant is null || request.Model.Length > MaxNameLength) return null;
        string? nearest = NearestName.Find(
            request.Model,
            request.Tenant.Services
                .Select(static service => service.Route.Name)
                .Where(name => name != request.Model && request.Caller!.Opens(name)));
        if (nearest is null) return null;
        AccessDecision decision = await authorizer.AuthorizeAsync(AccessTo(request, nearest), request.ClientLeft);
        return decision.IsAllowed ? nearest : null;
    }

    private static string Shown(string model) => model.Length <= MaxShownLength ? model : model[..MaxShownLength] + "…";
}
