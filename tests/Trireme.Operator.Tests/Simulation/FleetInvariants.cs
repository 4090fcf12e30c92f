using Trireme.Contracts.Resources;
using Trireme.Fleet.Scaling;
using Trireme.Kubernetes;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Simulation;

/// <summary>What must hold at every change, whatever goes wrong. A breach is kept and fails the schedule when it is asked for.</summary>
internal sealed class FleetInvariants
{
    /// <summary>How old the operator's picture may be. A watch that says nothing is noticed after five and a half minutes.</summary>
    private static readonly TimeSpan Staleness = TimeSpan.FromSeconds(40);

    private static readonly TimeSpan StalenessWithStalls = TimeSpan.FromMinutes(7);

    private readonly SimulatedWorld _world;
    private readonly Dictionary<string, List<(DateTimeOffset At, int Replicas)>> _wanted = [];
    private readonly List<(DateTimeOffset At, string ContentHash)> _lost = [];
    private readonly HashSet<string> _deletedByUser = [];

    /// <summary>What was said of moves, with the move that each was taken up by.</summary>
    private readonly Dictionary<string, string?> _words = [];
    private readonly Dictionary<string, HashSet<RolloutStrategyType>> _strategies = [];
    private string? _breach;

    public FleetInvariants(SimulatedWorld world)
    {
        _world = world;
        world.Api.Changed += Check;
    }

    /// <summary>True while somebody writes over a status, which then says anything.</summary>
    public bool IsEdited { get; set; }

    public void Said(string word) => _words.Add(word, null);

    /// <summary>
    /// Somebody writes over what was recorded of a service. The last words on the object still stand, and nothing tells any more that they
    /// were taken up: a move may take them up again.
    /// </summary>
    public void Forget(ModelService service)
    {
        foreach (string said in service.Metadata.Annotations?.Values ?? [])
        {
            if (_words.ContainsKey(said)) _words[said] = null;
        }
    }

    public void DeletedByUser(string replica) => _deletedByUser.Add(replica);

    public void ThrowBreach()
    {
        if (_breach is not null) throw new InvalidOperationException(_breach);
    }

    private static bool IsReady(ModelReplica replica) => replica is { Metadata.IsDeleting: false, Status.Phase: ReplicaPhase.Ready };

    private void Check(IResource? before, IResource? after)
    {
        switch (after ?? before)
        {
            case ModelService:
                if (after is ModelService service) CheckService((ModelService?)before, service);
                break;
            case ModelReplica:
                CheckReplica((ModelReplica?)before, (ModelReplica?)after);
                break;
        }
    }

    private void CheckService(ModelService? before, ModelService service)
    {
        int wanted = DecidedReplicas.Of(service);
        if (before is null || DecidedReplicas.Of(before) != wanted)
        {
            if (!_wanted.TryGetValue(service.Metadata.Uid!, out var numbers)) _wanted[service.Metadata.Uid!] = numbers = [];
            numbers.Add((_world.Driver.Now, wanted));
        }

        if (!_strategies.TryGetValue(service.Metadata.Uid!, out var strategies)) _strategies[service.Metadata.Uid!] = strategies = [];
        strategies.Add(service.Spec.Rollout.Strategy);
        if (IsEdited) return;
        if (service.Status?.Traffic is not { } traffic || ReferenceEquals(before?.Status, service.Status)) return;
        int sum = traffic.Sum(static part => part.Weight);
        if (sum is not (0 or 100)) Breach($"the weights of {service.Metadata.Name} sum to {sum}");
        if (service.Status.Rollout is { } rollout)
        {
            CheckMove(before?.Status, service, rollout);
            if (StrategyRules.Broken(service, rollout) is { } broken) Breach(broken);
        }

        bool served = traffic.Any(static part => part.ReadyReplicas > 0);
        if (served && traffic.FirstOrDefault(static part => part is { Weight: > 0, ReadyReplicas: 0 }) is { } empty)
        {
            string all = string.Join(", ", traffic.Select(static part => $"{part.Name} {part.Weight}% of {part.ReadyReplicas} ready"));
            Breach($"{service.Metadata.Name} sends {empty.Weight}% to {empty.Name}, which has no ready replica ({all})");
        }
    }

    /// <summary>
    /// Nobody but a person moves a service to a release that the judge must refuse, each word counts for one move, and who goes back gets
    /// all that the ready replicas can carry, unjudged.
    /// </summary>
    private void CheckMove(ModelServiceStatus? before, ModelService service, RolloutStatus rollout)
    {
        string move = $"move {rollout.Revision} of {service.Metadata.Name} to {rollout.To.Name}";
        if (rollout.OrderedBy is { } word)
        {
            if (!_words.TryGetValue(word, out string? takenBy)) Breach($"{move} goes by a word that nobody said");
            if (takenBy is not null && takenBy != rollout.Id) Breach($"{move} goes by a word that move {takenBy} has used up");
            _words[word] = rollout.Id;
        }

        ReleaseRef? stable = service.Status!.StableRelease;
        bool changes = before?.StableRelease is { } from && stable is not null && from.ContentHash != stable.ContentHash;
        bool isJudged = rollout.Plan.Strategy is not (RolloutStrategyType.Recreate or RolloutStrategyType.InPlace);
        bool isMoves = stable?.ContentHash == rollout.To.ContentHash;
        if (changes && isMoves && isJudged && rollout.Order is null && SimulatedWorld.KindOf(stable!.Name) == EngineKind.Worse)
        {
            Breach($"{move} was promoted although its release is worse and nobody asked for it");
        }

        if (rollout is not { Order: RolloutOrder.Undo, Phase: RolloutPhase.Preparing } || DecidedReplicas.Of(service) == 0) return;
        if (rollout.Verdict is not null) Breach($"{move} is judged although a person goes back");
        ReleaseTraffic? to = service.Status.Traffic!.FirstOrDefault(part => part.ContentHash == rollout.To.ContentHash);
        int due = Math.Min(100, 100 * (to?.ReadyReplicas ?? 0) / DecidedReplicas.Of(service));
        if (service.Status.ObservedGeneration == service.Metadata.Generation && (to?.Weight ?? 0) < due)
        {
            Breach($"{move} goes back with {to?.Weight ?? 0}% of traffic where {due}% could be carried");
        }
    }

    private void CheckReplica(ModelReplica? before, ModelReplica? after)
    {
        ModelReplica replica = (after ?? before)!;
        bool goes = before is { Metadata.IsDeleting: false } && after is null or { Metadata.IsDeleting: true };
        bool byUser = _deletedByUser.Contains(replica.Metadata.Name);
        if (before is null) CheckSurplus(replica);
        if (goes && IsReady(before!) && !byUser) CheckAvailability(replica);
        if (before is not null && IsReady(before) && (after is null || !IsReady(after)) && (!goes || byUser))
        {
            _lost.Add((_world.Driver.Now, replica.Spec.ContentHash));
        }
    }

    /// <summary>
    /// Of each release at most the wanted number, one more while its replicas are replaced, and one for each creation that took effect
    /// long after it was sent: it may come when its replica has been created again and is gone, and no client can prevent that.
    /// </summary>
    private void CheckSurplus(ModelReplica created)
    {
        if (Owner(created) is not { } service) return;
        CheckPlaces(service, created);
        int live = _world.ReplicasOf(service).Count(replica =>
            !replica.Metadata.IsDeleting && replica.Spec.ContentHash == created.Spec.ContentHash);
        int most = _wanted[service.Metadata.Uid!].Max(static wanted => wanted.Replicas) + 1
            + _world.Plan.CountOf(Fault.LateEffect, "create modelreplicas");
        if (live > most) Breach($"{service.Metadata.Name} has {live} replicas of {created.Spec.Release}, at most {most} are due");
    }

    /// <summary>
    /// No deletion takes the serving release below its number, but for what was lost while the operator could not know it.
    /// </summary>
    private void CheckAvailability(ModelReplica deleted)
    {
        if (Owner(deleted) is not { Metadata.IsDeleting: false } service) return;
        HashSet<RolloutStrategyType> strategies = _strategies[service.Metadata.Uid!];
        if (strategies.Contains(RolloutStrategyType.Recreate)) return;
        bool inPlaces = strategies.Contains(RolloutStrategyType.InPlace);
        if (!inPlaces && service.Status?.StableRelease?.ContentHash != deleted.Spec.ContentHash) return;
        DateTimeOffset since = _world.Driver.Now - (_world.Plan.HasStruck(Fault.WatchStall) ? StalenessWithStalls : Staleness);
        var wanted = _wanted[service.Metadata.Uid!];
        int required = wanted.Skip(wanted.FindLastIndex(entry => entry.At <= since) is var first and >= 0 ? first : 0)
            .Min(static entry => entry.Replicas);
        if (inPlaces) required--;
        int lost = _lost.Count(entry => entry.At >= since && (inPlaces || entry.ContentHash == deleted.Spec.ContentHash));
        int ready = _world.ReplicasOf(service).Count(replica =>
            IsReady(replica) && (inPlaces || replica.Spec.ContentHash == deleted.Spec.ContentHash));
        if (ready + lost < required)
        {
            Breach($"{deleted.Metadata.Name} is deleted, which leaves {service.Metadata.Name} {ready} of {required} ready replicas");
        }
    }

    /// <summary>
    /// Where there is no room for two releases, no more replicas than are wanted exist, those that drain included; and of a service that is
    /// recreated those of another release are gone.
    /// </summary>
    private void CheckPlaces(ModelService service, ModelReplica created)
    {
        HashSet<RolloutStrategyType> strategies = _strategies[service.Metadata.Uid!];
        if (!strategies.All(static strategy => strategy is RolloutStrategyType.InPlace or RolloutStrategyType.Recreate)) return;
        int late = _world.Plan.CountOf(Fault.LateEffect, "create modelreplicas");
        List<ModelReplica> there = [.. _world.ReplicasOf(service)];
        int most = _wanted[service.Metadata.Uid!].Max(static wanted => wanted.Replicas) + late;
        if (there.Count > most) Breach($"{service.Metadata.Name} takes {there.Count} places, at most {most} are there");
        bool isApart = late == 0 && strategies.SetEquals([RolloutStrategyType.Recreate]);
        if (isApart && there.Exists(replica => replica.Spec.ContentHash != created.Spec.ContentHash))
        {
            Breach($"{created.Metadata.Name} of {created.Spec.Release} starts although another release still runs");
        }
    }

    private ModelService? Owner(ModelReplica replica) => _world.Api.Find<ModelService>(
        new ResourceKey("default", replica.Metadata.OwnerReferences![0].Name)) is { } service
        && service.Metadata.Uid == replica.Metadata.OwnerReferences[0].Uid
            ? service
            : null;

    private void Breach(string what) => _breach ??= $"at {_world.Driver.Now:HH:mm:ss.fff} {what}";
}
