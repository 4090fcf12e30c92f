using System.Net;
using System.Text.Json;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Dashboard.Clients;
using Trireme.Fleet.Rollouts;

namespace Trireme.Dashboard.Orders;

/// <summary>What a person orders on a page, through the API server and with the same words as the command line's.</summary>
internal sealed class ServiceOrders(ApiClient api)
{
    /// <summary>Gives the new release of a rollout all traffic.</summary>
    public Task<OrderAnswer> PromoteAsync(string @namespace, string name, CancellationToken cancellationToken) => ChangeAsync(
        @namespace,
        name,
        service => Task.FromResult(RolloutOrders.Promote(service, Nonce())),
        TriremeApi.PersonFieldManager,
        (service, target) => $"{name} promotes {target}: {OrderForecast.OfPromotion(service, target)}.",
        cancellationToken);

    /// <summary>Goes back to a release without the judge; to the one that served before where none is named.</summary>
    public Task<OrderAnswer> UndoAsync(string @namespace, string name, string? release, CancellationToken cancellationToken) => ChangeAsync(
        @namespace,
        name,
        service => UndoAsync(@namespace, service, release, cancellationToken),
        TriremeApi.UndoFieldManager,
        (service, target) => $"{name} goes back to {target}: {OrderForecast.OfUndo(service, target)}.",
        cancellationToken);

    /// <summary>Deletes a replica, so that another takes its place.</summary>
    public async Task<OrderAnswer> RestartAsync(string @namespace, string replica, string uid, CancellationToken cancellationToken)
    {
        try
        {
            await api.DeleteAsync<ModelReplica>(@namespace, replica, uid, cancellationToken);
            return new OrderAnswer(true, $"{replica} finishes its open requests and ends; another replica takes its place.");
        }
        catch (HttpRequestException exception) when (exception.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            return new OrderAnswer(false, $"{replica} is not there any more.");
        }
        catch (HttpRequestException exception)
        {
            return Failed(exception);
        }
    }

    private async Task<OrderAnswer> ChangeAsync(
        string @namespace,
        string name,
        Func<ModelService, Task<RolloutOrderOutcome>> decide,
        string fieldManager,
        Func<ModelService, string, string> done,
        CancellationToken cancellationToken)
    {
        try
        {
            for (int attempt = 1; ; attempt++)
            {
                ModelService service = await api.GetAsync<ModelService>(@namespace, name, cancellationToken);
                RolloutOrderOutcome outcome = await decide(service);
                if (!outcome.IsPossible) return new OrderAnswer(false, Sentence(outcome.Refusal));
                try
                {
                    await api.PatchAsync<ModelService>(@namespace, name, outcome.Write.Patch, fieldManager, cancellationToken);
                    return new OrderAnswer(true, done(service, outcome.Write.Target.Name));
                }
                catch (HttpRequestException exception)
                    when (exception.StatusCode == HttpStatusCode.Conflict && attempt < RolloutOrders.AttemptsMax)
                {
                    // The status was written in between; look again.
                }
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or JsonException)
        {
            return Failed(exception);
        }
    }

    private async Task<RolloutOrderOutcome> UndoAsync(
        string @namespace, ModelService service, string? named, CancellationToken cancellationToken)
    {
        Release? release = null;
        if ((named ?? RolloutOrders.Recorded(service)?.Name) is { } wanted && RolloutOrders.UndoProblem(service, named) is null)
        {
            try
            {
                release = await api.GetAsync<Release>(@namespace, wanted, cancellationToken);
            }
            catch (HttpRequestException exception) when (exception.StatusCode == HttpStatusCode.NotFound)
            {
                // Said in the words of what was asked.
            }
        }

        return RolloutOrders.Undo(service, named, release, Nonce());
    }

    private static OrderAnswer Failed(Exception exception) =>
        new(false, $"The API server did not take it: {Clause.Of(exception)}. Nothing was changed as far as is known.");

    private static string Sentence(OrderRefusal refusal)
    {
        string hint = refusal.Kind switch
        {
            OrderRefusalKind.GoesBackAlready or OrderRefusalKind.TakenBackAlready => "; choose a release by name to go elsewhere.",
            OrderRefusalKind.NeverServed => "; name it in spec.release to have it judged.",
            OrderRefusalKind.ReleaseGone => "; apply it, or choose another one.",
            OrderRefusalKind.ReleaseChanged => "; choose it by name to take it as it is.",
            _ => ".",
        };
        return char.ToUpperInvariant(refusal.Message[0]) + refusal.Message[1..] + hint;
    }

    private static string Nonce() => Guid.NewGuid().ToString("N")[..8];
}
