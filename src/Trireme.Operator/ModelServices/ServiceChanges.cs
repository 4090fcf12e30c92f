using System.Net;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Timing;
using Trireme.Fleet;
using Trireme.Fleet.Placement;
using Trireme.Fleet.Rollouts;
using Trireme.Fleet.Scaling;
using Trireme.Fleet.Services;
using Trireme.Kubernetes;

namespace Trireme.Operator.ModelServices;

/// <summary>Carries decisions out against the API server.</summary>
internal sealed partial class ServiceChanges(
    FleetView view,
    IResourceClients clients,
    ReplicaNames names,
    EventRecorder events,
    ILogger<ServiceChanges> logger,
    TimeProvider time)
{
    /// <summary>
    /// Writes under way at the same time, over all services. The API server commits one after the other; more would only wait there and
    /// hold back the writes of others.
    /// </summary>
    private const int ConcurrentWritesMax = 32;

    /// <summary>Tries of a write whose answer is lost: with the pauses between them they last about a minute.</summary>
    private const int AttemptsMax = 15;

    /// <summary>Characters of an answer that a condition repeats.</summary>
    private const int ProblemLengthMax = 500;

    private static readonly Backoff RetryPause = new() { First = TimeSpan.FromMilliseconds(500), Longest = TimeSpan.FromSeconds(5) };

    private readonly IResourceClient<ModelService> _services = clients.Of<ModelService>();
    private readonly IResourceClient<ModelReplica> _replicas = clients.Of<ModelReplica>();
    private readonly ConcurrencyGate _writes = new(ConcurrentWritesMax);

    /// <summary>
    /// Names the replicas to create and shows all of the decision to the next one, but for the status, which is written first.
    /// </summary>
    public ServiceChange Assume(ServiceDecision decision)
    {
        var create = new List<ModelReplica>();
        foreach (ReplicaOrder order in decision.Create)
        {
            for (int i = 0; i < order.Count; i++) create.Add(order.Template.Create(names.Suffix()));
        }

        foreach (ModelReplica replica in create)
        {
            view.Replicas.AssumeCreated(replica);
            view.Seating.Expect(replica);
        }

        foreach (ModelReplica replica in decision.Delete) view.Replicas.AssumeDeleted(replica);
        return new ServiceChange(decision, create);
    }

    /// <summary>Tells the people of both services that a replica of one makes room for one of the other.</summary>
    public void Announce(Eviction eviction)
    {
        string message = eviction.Message;
        Tell(eviction.Service, EventType.Warning, PlacementReasons.Preempted);
        if (view.Fleet.Placement.Waits.TryGetValue(eviction.For, out ReplicaWait? wait))
        {
            message = $"Replica {eviction.For.Name}: {wait.Message}";
            Tell(wait.Request.Service, EventType.Normal, PlacementReasons.Preempting);
        }

        void Tell(ServiceKey key, EventType type, string reason)
        {
            if (view.Services.Find(new ResourceKey(key.Namespace, key.Name)) is { } service) events.Record(service, type, reason, message);
        }
    }

    public async Task<ReconcileResult> ApplyAsync(ServiceChange change, CancellationToken cancellationToken)
    {
        ServiceDecision decision = change.Decision;
        try
        {
            // The status first. If it meets a newer version, the decision was made from the past and nothing of it is done.
            bool isCurrent = await WriteStatusAsync(decision, cancellationToken);
            if (!isCurrent && change.Create.Count > 0 && !await ExistsAsync(decision.Service, cancellationToken))
            {
                // A silent watch: what would be created for it is collected at once and created again, as fast as both can.
                view.Services.AssumeDeleted(decision.Service);
                view.Services.Confirm(ResourceKey.Of(decision.Service));
                ForgetAll(decision.Delete);
                ForgetAll(change.Create);
                return ReconcileResult.Done;
            }
        }
        catch
        {
            ForgetAll(decision.Delete);
            ForgetAll(change.Create);
            throw;
        }

        // What replaces a replica comes once the replica goes: a deletion that fails must not leave more than the surge allows.
        try
        {
            await Task.WhenAll(decision.Delete.Select(replica => DeleteAsync(decision.Service, replica, cancellationToken)));
        }
        catch
        {
            ForgetAll(change.Create);
            throw;
        }

        await Task.WhenAll(change.Create.Select(replica => CreateAsync(decision.Service, replica, cancellationToken)));

        // An assumption may outlive the try that made it: one that is never reported ends without anyone else noticing.
        TimeSpan? pause = decision.RequeueAfter;
        bool assuming = view.Replicas.AnyAssumedOf(decision.Service.Metadata.Uid!);
        if (assuming && (pause is null || pause > FleetView.Lifetimes.Unconfirmed)) pause = FleetView.Lifetimes.Unconfirmed;
        return pause is { } after ? ReconcileResult.After(after) : ReconcileResult.Done;
    }

    private void ForgetAll(IReadOnlyList<ModelReplica> replicas)
    {
        foreach (ModelReplica replica in replicas) view.Replicas.Forget(ResourceKey.Of(replica));
    }

    /// <summary>Writes the status if it says anything new. True if the service was found as it was seen.</summary>
    private async Task<bool> WriteStatusAsync(ServiceDecision decision, CancellationToken cancellationToken)
    {
        ModelService service = decision.Service;
        if (CanonicalJson.Same(service.Status, decision.Status)) return false;
        ModelService written = await _writes.RunAsync(
            () => _services.ReplaceStatusAsync(service with { Status = decision.Status }, cancellationToken), cancellationToken);
        view.Services.AssumeChanged(service, written);
        if (OrderNews.Of(service, decision.Status) is { } order) events.Record(service, EventType.Normal, order.Reason, order.Message);
        if (ScalingNews.Of(service.Status?.Scaling, decision.Status.Scaling) is { } news)
        {
            events.Record(service, EventType.Normal, news.Reason, news.Message);
            LogTransition(ResourceKey.Of(service), news.Reason, news.Message);
        }

        foreach (ServiceTransition transition in ServiceTransition.Between(service.Status, decision.Status))
        {
            events.Record(service, transition.Type, transition.Reason, transition.Message);
            LogTransition(ResourceKey.Of(service), transition.Reason, transition.Message);
        }

        return true;
    }

    private async Task<bool> ExistsAsync(ModelService service, CancellationToken cancellationToken)
    {
        try
        {
            ModelService current = await _services.GetAsync(ResourceKey.Of(service), cancellationToken);
            return current.Metadata.Uid == service.Metadata.Uid && !current.Metadata.IsDeleting;
        }
        catch (ApiException exception) when (exception.IsNotFound)
        {
            return false;
        }
    }

    private async Task DeleteAsync(ModelService service, ModelReplica replica, CancellationToken cancellationToken)
    {
        var key = ResourceKey.Of(replica);
        // Only as it was seen: a replica that has become ready since may be one that is needed.
        var options = new DeleteOptions { Uid = replica.Metadata.Uid, ResourceVersion = replica.Metadata.ResourceVersion };
        int tries = 0;
        await WriteAsync(
            key,
            async () =>
            {
                try
                {
                    tries++;
                    await _replicas.DeleteAsync(key, options, cancellationToken);
                }
                catch (ApiException exception) when (exception.IsNotFound)
                {
                    // Gone already.
                }
                catch (ApiException exception) when (exception.IsConflict && tries > 1)
                {
                    // Changed since: by the deletion whose answer was lost, or by someone else, and then that deletion fails as well.
                    if (!await IsGoingAsync(replica, cancellationToken)) throw;
                }
            },
            cancellationToken);
        events.Record(service, EventType.Normal, "ReplicaDraining", $"Replica {key.Name} is no longer needed; it drains and ends.");
    }

    private async Task<bool> IsGoingAsync(ModelReplica replica, CancellationToken cancellationToken)
    {
        try
        {
            ModelReplica current = await _replicas.GetAsync(ResourceKey.Of(replica), cancellationToken);
            return current.Metadata.IsDeleting || current.Metadata.Uid != replica.Metadata.Uid;
        }
        catch (ApiException exception) when (exception.IsNotFound)
        {
            return true;
        }
    }

    private async Task CreateAsync(ModelService service, ModelReplica replica, CancellationToken cancellationToken)
    {
        var key = ResourceKey.Of(replica);
        int tries = 0;
        await WriteAsync(
            key,
            async () =>
            {
                try
                {
                    tries++;
                    await _replicas.CreateAsync(replica, cancellationToken);
                }
                catch (ApiException exception) when (exception.IsAlreadyExists && tries > 1)
                {
                    // The answer that was lost had been a yes.
                }
                catch (ApiException exception) when (exception.StatusCode
                    is HttpStatusCode.UnprocessableEntity or HttpStatusCode.Forbidden or HttpStatusCode.BadRequest)
                {
                    // The same comes of the next try, until a person changes the service, the release or the rule; its words must not
                    // change with the name that every try makes anew.
                    string why = (exception.Status.Message ?? exception.Message)
                        .Replace(key.Name, service.Metadata.Name + "-…", StringComparison.Ordinal);
                    if (why.Length > ProblemLengthMax) why = why[..ProblemLengthMax] + "…";
                    view.CreationProblems[ResourceKey.Of(service)] = why;
                    events.Record(service, EventType.Warning, ServiceReasons.FailedCreate, $"A replica could not be created: {why}");
                    throw;
                }
            },
            cancellationToken);
        view.CreationProblems.TryRemove(ResourceKey.Of(service), out _);
        events.Record(service, EventType.Normal, "ReplicaCreated", $"Replica {key.Name} of release {replica.Spec.Release} was created.");
    }

    /// <summary>
    /// Writes and says so to the view. A write whose answer was lost may have been done, so the very same is tried again: under its name
    /// it is done once at most. Nothing else is decided for the service until that is known, because another in its place would double it.
    /// </summary>
    private async Task WriteAsync(ResourceKey key, Func<Task> write, CancellationToken cancellationToken)
    {
        bool open = false;
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await _writes.RunAsync(write, cancellationToken);
                view.Replicas.Confirm(key);
                return;
            }
            catch (Exception exception) when (HadNoEffect(exception) && (!open || exception is ApiException { IsConflict: true }))
            {
                view.Replicas.Forget(key);
                throw;
            }
            catch (Exception exception) when (exception is ApiException or HttpRequestException or IOException && attempt < AttemptsMax)
            {
                open = true;
            }

            await Task.Delay(RetryPause.After(attempt), time, cancellationToken);
        }
    }

    /// <summary>True if the write was certainly not done.</summary>
    private static bool HadNoEffect(Exception exception) => exception switch
    {
        ApiException api => api.StatusCode < HttpStatusCode.InternalServerError,
        HttpRequestException http => http.HttpRequestError
            is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError,
        _ => false,
    };

    [LoggerMessage(LogLevel.Information, "Service {Service}: {Reason}: {Message}")]
    private partial void LogTransition(ResourceKey service, string reason, string message);
}
