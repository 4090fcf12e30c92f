using System.Collections.Concurrent;
using System.Net;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Timing;
using Trireme.Fleet.Rollouts.Waves;
using Trireme.Kubernetes;

namespace Trireme.Operator.FleetRollouts;

/// <summary>
/// Carries out what is decided of fleet rollouts: the status first, and nothing if that meets a newer version; then releases and services,
/// each service only as it was seen. What a write that failed has done is read from the services at the next look.
/// </summary>
internal sealed class FleetRolloutReconciler(
    InformerSet informers, IResourceClients clients, EventRecorder events, TimeProvider time) : IReconciler
{
    /// <summary>When a write is tried again that the API server refused for what it says.</summary>
    private static readonly TimeSpan RefusalPause = TimeSpan.FromSeconds(30);

    /// <summary>When a write is tried again that met a newer version.</summary>
    private static readonly TimeSpan ConflictPause = TimeSpan.FromSeconds(1);

    /// <summary>Characters of an answer that a status repeats.</summary>
    private const int ProblemLengthMax = 300;

    private readonly Informer<FleetRollout> _rollouts = informers.Of<FleetRollout>();
    private readonly Informer<ModelService> _services = informers.Of<ModelService>();
    private readonly Informer<Release> _releases = informers.Of<Release>();
    private readonly IResourceClient<FleetRollout> _client = clients.Of<FleetRollout>();
    private readonly IResourceClient<ModelService> _serviceClient = clients.Of<ModelService>();
    private readonly IResourceClient<Release> _releaseClient = clients.Of<Release>();

    /// <summary>When each fleet rollout that runs would have begun, had this process measured it from the start.</summary>
    private readonly ConcurrentDictionary<ResourceKey, (string? Uid, TimeSpan Origin)> _origins = new();
    private readonly ConcurrentDictionary<ResourceKey, ConcurrentDictionary<string, string>> _refusals = new();

    public IControlLoop CreateLoop(ControllerFactory controllers) => controllers.For<FleetRollout>()
        .Watches<ModelService>(Concerned)
        .Watches<Release>(Concerned)
        .Build(ReconcileAsync);

    public async Task<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        if (_rollouts.Snapshot.Find(key) is not { Metadata.IsDeleting: false } rollout)
        {
            _refusals.TryRemove(key, out _);
            _origins.TryRemove(key, out _);
            return ReconcileResult.Done;
        }

        ConcurrentDictionary<string, string> refusals = _refusals.GetOrAdd(key, static _ => new ConcurrentDictionary<string, string>());
        WaveDecision decision = WavePlanner.Decide(new WaveSnapshot
        {
            Now = time.GetUtcNow(),
            Elapsed = Elapsed(rollout),
            Rollout = rollout,
            Services = _services.Snapshot.InNamespace(key.Namespace),
            Releases = _releases.Snapshot.InNamespace(key.Namespace),
            Refusals = refusals,
        });
        bool hasWrites = decision.Create.Count + decision.Orders.Count > 0;
        if (!ReferenceEquals(rollout.Status, decision.Status) && !CanonicalJson.Same(rollout.Status, decision.Status))
        {
            await _client.ReplaceStatusAsync(rollout with { Status = decision.Status }, cancellationToken);
            Announce(rollout, decision.Status);
        }
        else if (hasWrites && !await IsCurrentAsync(rollout, cancellationToken))
        {
            // Decided from the past: what the newer version says is about to be seen.
            return ReconcileResult.After(ConflictPause);
        }

        if (!hasWrites) return decision.RequeueAfter is { } after ? ReconcileResult.After(after) : ReconcileResult.Done;
        foreach (WaveRelease made in decision.Create) await MakeAsync(rollout, made, refusals, cancellationToken);
        foreach (WaveOrder order in decision.Orders) await OrderAsync(rollout, order, refusals, cancellationToken);
        TimeSpan pause = refusals.IsEmpty ? ConflictPause : RefusalPause;
        return ReconcileResult.After(decision.RequeueAfter is { } sooner && sooner < pause ? sooner : pause);
    }

    /// <summary>How long it has run, by the steady clock.</summary>
    private TimeSpan Elapsed(FleetRollout rollout)
    {
        var key = ResourceKey.Of(rollout);
        TimeSpan recorded = rollout.Status?.Elapsed ?? TimeSpan.Zero;
        if (!WavePlanner.IsRunning(rollout))
        {
            _origins.TryRemove(key, out _);
            return recorded;
        }

        TimeSpan now = time.GetSteadyTime();
        if (!_origins.TryGetValue(key, out var known) || known.Uid != rollout.Metadata.Uid)
        {
            _origins[key] = known = (rollout.Metadata.Uid, now - recorded);
        }

        TimeSpan elapsed = now - known.Origin;
        return elapsed > recorded ? elapsed : recorded;
    }

    private async Task<bool> IsCurrentAsync(FleetRollout rollout, CancellationToken cancellationToken)
    {
        FleetRollout current = await _client.GetAsync(ResourceKey.Of(rollout), cancellationToken);
        return current.Metadata.ResourceVersion == rollout.Metadata.ResourceVersion;
    }

    private async Task MakeAsync(
        FleetRollout rollout, WaveRelease made, ConcurrentDictionary<string, string> refusals, CancellationToken cancellationToken)
    {
        try
        {
            await _releaseClient.CreateAsync(made.Release, cancellationToken);
            refusals.TryRemove(made.Service, out _);
            events.Record(
                rollout,
                EventType.Normal,
                "ReleaseMade",
                $"Release {made.Release.Metadata.Name} was made for {made.Service}: {made.Release.Spec.Description}.");
        }
        catch (ApiException exception) when (exception.IsAlreadyExists)
        {
            // The watch is behind, or another service has the same release.
        }
        catch (ApiException exception) when (IsRefusal(exception))
        {
            refusals[made.Service] = Refusal($"Release {made.Release.Metadata.Name} could not be made", exception);
        }
    }

    private async Task OrderAsync(
        FleetRollout rollout, WaveOrder order, ConcurrentDictionary<string, string> refusals, CancellationToken cancellationToken)
    {
        string name = order.Service.Metadata.Name;
        try
        {
            await _serviceClient.PatchAsync(ResourceKey.Of(order.Service), order.Patch, cancellationToken);
            refusals.TryRemove(name, out _);
            events.Record(
                order.Service,
                EventType.Normal,
                order.IsUndo ? "FleetRolloutUndone" : "FleetRolloutOrdered",
                $"Fleet rollout {rollout.Metadata.Name} {(order.IsUndo ? "takes the service back" : "moves the service")} to "
                    + $"{order.Release}.");
        }
        catch (ApiException exception) when (exception.IsConflict || exception.IsNotFound)
        {
            // It has changed since it was seen; the next look sees how.
        }
        catch (ApiException exception) when (IsRefusal(exception))
        {
            refusals[name] = Refusal($"Its spec.release could not be set to {order.Release}", exception);
        }
    }

    private void Announce(FleetRollout before, FleetRolloutStatus after)
    {
        Condition? then = (before.Status?.Conditions).Find(FleetRolloutConditions.Complete);
        if (after.Conditions.Find(FleetRolloutConditions.Complete) is not { } now) return;
        bool isNews = then?.Reason != now.Reason || before.Status?.Wave != after.Wave;
        if (!isNews) return;
        EventType type = after.Phase == FleetRolloutPhase.Stopped ? EventType.Warning : EventType.Normal;
        events.Record(before, type, now.Reason, now.Message);
    }

    /// <summary>True of an answer that the same write gets again until a person changes something.</summary>
    private static bool IsRefusal(ApiException exception) =>
        exception.StatusCode is HttpStatusCode.UnprocessableEntity or HttpStatusCode.Forbidden or HttpStatusCode.BadRequest;

    private static string Refusal(string what, ApiException exception)
    {
        string why = exception.Status.Message ?? exception.Message;
        return $"{what}: {(why.Length > ProblemLengthMax ? why[..ProblemLengthMax] + "…" : why)}";
    }

    /// <summary>Those that are not over yet.</summary>
    private IEnumerable<ResourceKey> Concerned(IResource resource) => _rollouts.Snapshot.InNamespace(resource.Metadata.Namespace ?? "")
        .Values
        .Where(static rollout => rollout.Status?.Phase is not (FleetRolloutPhase.Completed or FleetRolloutPhase.Undone))
        .Select(ResourceKey.Of);
}
