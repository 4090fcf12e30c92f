using System.Globalization;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Simulation;

/// <summary>
/// One run: services come, change and go while the operator is killed, the API server forgets and everything between them fails; then
/// all is calm, and the fleet must come to what the specs say.
/// </summary>
internal sealed class SimulatedSchedule(int seed, double faultRate = 0.08)
{
    private static readonly TimeSpan RecoveryMax = TimeSpan.FromMinutes(40);

    private static readonly string[] Services = ["s0", "s1"];

    private static readonly RolloutStrategyType[] Strategies = Enum.GetValues<RolloutStrategyType>();

    private readonly List<string> _story = [];
    private readonly List<string> _trace = [];

    /// <summary>Every write with its time, in order.</summary>
    public IReadOnlyList<string> Trace => _trace;

    /// <summary>How often the clock on the wall was set while everything else went on.</summary>
    public int ClockChanges { get; private set; }

    /// <summary>What serves in the end, service by service.</summary>
    public string Outcome { get; private set; } = "";

    public void Run(bool patient = false)
    {
        using var world = new SimulatedWorld(seed, faultRate);
        try
        {
            Run(world, patient);
        }
        catch (Exception exception)
        {
            string story = string.Join("\n  ", _story);
            string kind = exception is TimeoutException or InvalidOperationException ? "" : exception.GetType().Name + ": ";
            throw new InvalidOperationException($"{kind}{exception.Message}\nWhat was done:\n  {story}\n{world.Plan}", exception);
        }
    }

    private void Run(SimulatedWorld world, bool patient)
    {
        // Deeds are drawn apart from faults, so that the same deeds can be compared with and without them.
#pragma warning disable CA5394 // Reproducible by intent.
        var deeds = new Random(seed);
        world.Api.Changed += (before, after) => _trace.Add(Describe(world, before, after));
        world.StartOperator();
        var goal = new FleetGoal(world);
        int count = deeds.Next(3, 9);
        for (int i = 0; i < count; i++)
        {
            Do(world, deeds, Services[deeds.Next(Services.Length)], deeds.Next(21), deeds.Next(1000));
            if (patient) Settle(world, goal);
            else world.Driver.AdvanceBy(TimeSpan.FromMilliseconds(deeds.Next(12_000)));
            Disturb(world);
            world.Invariants.ThrowBreach();
        }
#pragma warning restore CA5394

        world.Plan.CalmAt = world.Driver.Time.GetUtcNow();
        world.StartOperator();
        Settle(world, goal);
        Outcome = string.Join("; ", world.Api.All<ModelService>().Select(service =>
            $"{service.Metadata.Name} {service.Spec.Replicas}x{service.Status!.StableRelease?.Name} {service.Status.Rollout?.Phase}"));
    }

    /// <summary>Events have random names; their number says enough.</summary>
    private static string Describe(SimulatedWorld world, IResource? before, IResource? after)
    {
        IResource resource = (after ?? before)!;
        string name = resource is Event ? "" : resource.Metadata.Name;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{world.Driver.Now.Ticks} {resource.Kind} {name} {resource.Metadata.ResourceVersion} {after is null}");
    }

    private static void Settle(SimulatedWorld world, FleetGoal goal)
    {
        long looked = -1;
        string? missing = null;
        try
        {
            world.Driver.RunUntil("the fleet is as the specs say", IsDone, RecoveryMax);
        }
        catch (TimeoutException exception)
        {
            string said = string.Join("; ", world.Api.All<ModelService>().SelectMany(static service => service.Status?.Conditions ?? [])
                .Where(static condition => condition.Status != ConditionStatus.True).Select(static condition => condition.Message));
            throw new TimeoutException($"{exception.Message} Still: {missing}. The services say: {said}", exception);
        }

        world.Invariants.ThrowBreach();

        bool IsDone()
        {
            // Most moments change nothing that could be seen.
            if (looked == world.Api.Revision) return missing is null && world.Machine.Known.Count == world.Api.All<ModelReplica>().Count;
            looked = world.Api.Revision;
            missing = goal.Missing();
            return missing is null;
        }
    }

    private void Do(SimulatedWorld world, Random deeds, string service, int kind, int detail)
    {
        string release = SimulatedWorld.Releases[detail % SimulatedWorld.Releases.Count];
        ModelService? present = world.Find(service);
        if (present is null)
        {
            RolloutStrategyType strategy = Strategies[detail / 3 % Strategies.Length];
            Tell(world, $"create {service} with {(detail % 3) + 1} of {release}, {strategy}");
            world.Create(SimulatedWorld.Service(service, release, (detail % 3) + 1, strategy));
            return;
        }

        switch (kind)
        {
            case < 5:
                Tell(world, $"move {service} to {release}");
                world.Change(service, current => current with { Spec = current.Spec with { Release = release } });
                break;
            case < 7:
                Tell(world, $"scale {service} to {detail % 5}");
                world.Change(service, current => current with { Spec = current.Spec with { Replicas = detail % 5 } });
                break;
            case < 9:
                int threads = present.Spec.Resources.Threads + 1;
                Tell(world, $"give {service} {threads} threads");
                world.Change(service, current => current with
                {
                    Spec = current.Spec with { Resources = current.Spec.Resources with { Threads = threads } },
                });
                break;
            case 9:
                Tell(world, $"delete {service}");
                world.Delete<ModelService>(new ResourceKey("default", service));
                break;
            case 10 when present.Status?.PreviousRelease is { } previous:
                Tell(world, $"move {service} back to {previous.Name}");
                world.Change(service, current => current with { Spec = current.Spec with { Release = previous.Name } });
                break;
            case 11 when world.ReplicasOf(present).ToList() is { Count: > 0 } replicas:
                string name = replicas[detail % replicas.Count].Metadata.Name;
                Tell(world, $"delete {name}");
                world.Invariants.DeletedByUser(name);
                world.Delete<ModelReplica>(new ResourceKey("default", name));
                break;
            case 12 or 13 or 14 when UndoTarget(world, present, detail) is { } target:
                Tell(world, $"undo {service} to {target.Name}");
                world.Say(service, TriremeApi.UndoAnnotation, target, names: true);
                break;
            case 15 or 16 when present.Status?.Rollout is { } rollout && rollout.To.Name == present.Spec.Release:
                Tell(world, $"promote {rollout.To.Name} on {service}");
                world.Say(service, TriremeApi.PromoteAnnotation, rollout.To, names: false);
                break;
            case 17:
                RolloutStrategyType other = Strategies[detail % Strategies.Length];
                Tell(world, $"plan {service} as {other}");
                world.Change(service, current => current with
                {
                    Spec = current.Spec with { Rollout = SimulatedWorld.PlanOf(other) },
                });
                break;
            case 18 or 19:
                EditStatus(world, present, detail);
                break;
            default:
                Tell(world, $"look at {service}");
                break;
        }
    }

    /// <summary>A status is lost, without its move, or says that the move is done.</summary>
    private void EditStatus(SimulatedWorld world, ModelService service, int detail)
    {
        string name = service.Metadata.Name;
        string wanted = service.Spec.Release;
        string? hash = world.Api.Find<Release>(new ResourceKey("default", wanted))?.Status?.ContentHash;
        Tell(world, $"edit the status of {name}: {(detail % 3 == 0 ? "lost" : detail % 3 == 1 ? "no move" : "done")}");
        world.EditStatus(name, status => (detail % 3) switch
        {
            0 => new ModelServiceStatus(),
            1 => status with { Rollout = null },
            // Before a release has served there is nothing that the words could be held against.
            _ when hash is not null && status.Checksum is not null => status with
            {
                StableRelease = new ReleaseRef { Name = wanted, ContentHash = hash },
                Rollout = null,
            },
            _ => status,
        });
    }

    /// <summary>What the command goes back to: what serves, what served before, or what it is told.</summary>
    private static ReleaseRef? UndoTarget(SimulatedWorld world, ModelService service, int detail)
    {
        ModelServiceStatus? status = service.Status;
        if (detail % 3 > 0) return status?.StableRelease?.Name == service.Spec.Release ? status.PreviousRelease : status?.StableRelease;
        string name = SimulatedWorld.Releases[detail % SimulatedWorld.Releases.Count];
        return world.Api.Find<Release>(new ResourceKey("default", name))?.Status?.ContentHash is { } hash
            ? new ReleaseRef { Name = name, ContentHash = hash }
            : null;
    }

    private void Disturb(SimulatedWorld world)
    {
        if (world.Plan.Rate == 0) return;
        if (world.Plan.Chance(0.2))
        {
            TimeSpan by = TimeSpan.FromMinutes(world.Plan.Number(-120, 120));
            Tell(world, $"the clock is set by {by.TotalMinutes} minutes");
            world.Driver.SetWallClock(by);
            ClockChanges++;
        }

        if (world.Plan.Chance(0.2)) world.Api.Compact();
        if (!world.Plan.Chance(0.25)) return;
        Tell(world, "the operator dies");
        world.KillOperator();
        world.Driver.AdvanceBy(world.Plan.Pause(TimeSpan.Zero, TimeSpan.FromSeconds(10)));
        world.StartOperator();
    }

    private void Tell(SimulatedWorld world, string what) =>
        _story.Add($"{world.Driver.Now.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)} {what}");
}
