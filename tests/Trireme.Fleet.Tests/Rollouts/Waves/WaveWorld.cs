using System.Globalization;
using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Rollouts;
using Trireme.Fleet.Rollouts.Waves;

namespace Trireme.Fleet.Tests.Rollouts.Waves;

/// <summary>Services with labels, releases, and a fleet rollout over them whose decisions are carried out at once.</summary>
internal sealed class WaveWorld
{
    private readonly SortedDictionary<string, ModelService> _services = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, Release> _releases = new(StringComparer.Ordinal);
    private int _version;

    public WaveWorld(FleetRolloutSpec spec)
    {
        Rollout = new FleetRollout
        {
            Metadata = new ObjectMeta { Name = "chat", Namespace = "default", Uid = "fleet-1", Generation = 1 },
            Spec = spec,
        };
        foreach (string name in (string[])["v1", "v2", "v3"]) AddRelease(name, $"models/{name}");
    }

    public static LabelSelector Chat { get; } = new() { MatchLabels = new Dictionary<string, string> { ["tier"] = "chat" } };

    public FleetRollout Rollout { get; private set; }

    public FleetRolloutStatus Status => Rollout.Status!;

    public Condition Complete => Status.Conditions.Find(FleetRolloutConditions.Complete)!;

    public TimeSpan Elapsed { get; set; }

    /// <summary>Every order so far, as "NAME>RELEASE".</summary>
    public List<string> Orders { get; } = [];

    public List<string> Made { get; } = [];

    public IReadOnlyDictionary<string, Release> Releases => _releases;

    public static WaveWorld Of(int services, FleetRolloutSpec? spec = null)
    {
        var world = new WaveWorld(spec ?? new FleetRolloutSpec { Selector = Chat, Release = "v2" });
        for (int i = 0; i < services; i++) world.Add(string.Create(CultureInfo.InvariantCulture, $"s{i}"));
        return world;
    }

    public void AddRelease(string name, string path, ConditionStatus verified = ConditionStatus.True) => _releases[name] = new Release
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default" },
        Spec = new ReleaseSpec { Source = new ModelSource { Path = path } },
        Status = new ReleaseStatus
        {
            ContentHash = name,
            Conditions = [new Condition { Type = ReleaseConditions.Verified, Status = verified, Reason = "Test", Message = "as told" }],
        },
    };

    public void Verify(string release)
    {
        ReleaseSpec spec = _releases[release].Spec;
        AddRelease(release, spec.Source.Path);
        _releases[release] = _releases[release] with { Spec = spec };
    }

    public void Add(string name, string release = "v1", PriorityClass priority = PriorityClass.Standard)
    {
        _services[name] = new ModelService
        {
            Metadata = new ObjectMeta
            {
                Name = name,
                Namespace = "default",
                Uid = string.Create(CultureInfo.InvariantCulture, $"uid-{_version++}"),
                Generation = 1,
                Labels = Chat.MatchLabels,
            },
            Spec = new ModelServiceSpec { Release = release, Placement = new PlacementSpec { PriorityClass = priority } },
        };
        Serve(name);
    }

    public ModelService Find(string name) => _services[name];

    public void Remove(string name) => _services.Remove(name);

    public void Unlabel(string name) =>
        _services[name] = Find(name) with { Metadata = Find(name).Metadata with { Labels = new Dictionary<string, string>() } };

    /// <summary>The owner names another release.</summary>
    public void Name(string service, string release) => Change(service, spec => spec with { Release = release });

    public void Change(string service, Func<ModelServiceSpec, ModelServiceSpec> edit)
    {
        ModelService known = Find(service);
        _services[service] = known with
        {
            Metadata = known.Metadata with { Generation = known.Metadata.Generation + 1, ResourceVersion = $"{++_version}" },
            Spec = edit(known.Spec),
        };
    }

    /// <summary>What the spec names serves alone.</summary>
    public void Serve(params IReadOnlyList<string> names)
    {
        foreach (string name in names)
        {
            var release = new ReleaseRef { Name = Find(name).Spec.Release, ContentHash = Find(name).Spec.Release };
            Say(name, ConditionStatus.True, RolloutReasons.RolledOut, status => status with
            {
                PreviousRelease = status.StableRelease ?? release,
                StableRelease = release,
                Rollout = null,
            });
        }
    }

    /// <summary>The service's own rollout came to this.</summary>
    public void Say(string name, string reason, RolloutPhase phase) => Say(name, ConditionStatus.False, reason, status => status with
    {
        Rollout = new RolloutStatus
        {
            Phase = phase,
            Id = "m1",
            From = status.StableRelease!,
            To = new ReleaseRef { Name = Find(name).Spec.Release, ContentHash = Find(name).Spec.Release },
            Plan = new RolloutSpec(),
            Verdict = new RolloutVerdict { Judgement = Judgement.Fail, Reason = "The new release is worse: error rate 50%." },
        },
    });

    public void RollBack(string name) => Say(name, RolloutReasons.RolledBack, RolloutPhase.RolledBack);

    public void Edit(Func<FleetRolloutSpec, FleetRolloutSpec> edit) => Rollout = Rollout with
    {
        Metadata = Rollout.Metadata with { Generation = Rollout.Metadata.Generation + 1 },
        Spec = edit(Rollout.Spec),
    };

    /// <summary>The status as it was recorded earlier, as after a crash between an order and the next record.</summary>
    public void Forget(FleetRolloutStatus? earlier) => Rollout = Rollout with { Status = earlier };

    /// <summary>Decides and carries it out, until there is nothing more to do.</summary>
    public void Run()
    {
        for (int i = 0; i < 50; i++)
        {
            FleetRolloutStatus? before = Rollout.Status;
            WaveDecision decision = Decide();
            bool isStill = CanonicalJson.Same(before, decision.Status) && decision.Orders.Count + decision.Create.Count == 0;
            if (isStill) return;
        }

        Assert.Fail("It comes to no rest.");
    }

    public WaveDecision Decide(bool isCarriedOut = true)
    {
        WaveDecision decision = WavePlanner.Decide(new WaveSnapshot
        {
            Now = RolloutWorld.Now + Elapsed,
            Elapsed = Elapsed,
            Rollout = Rollout,
            Services = _services,
            Releases = _releases,
        });
        Rollout = Rollout with { Status = decision.Status };
        if (!isCarriedOut) return decision;
        foreach (WaveRelease made in decision.Create)
        {
            Made.Add(made.Release.Metadata.Name);
            _releases.Add(made.Release.Metadata.Name, made.Release);
        }

        foreach (WaveOrder order in decision.Orders) CarryOut(order);
        return decision;
    }

    private void CarryOut(WaveOrder order)
    {
        string name = order.Service.Metadata.Name;
        Orders.Add($"{name}>{order.Release}");
        Assert.Equal(order.Service.Metadata.ResourceVersion, (string?)order.Patch["metadata"]!["resourceVersion"]);
        Name(name, (string)order.Patch["spec"]!["release"]!);
        var annotations = new Dictionary<string, string>(Find(name).Metadata.Annotations ?? new Dictionary<string, string>());
        JsonObject said = order.Patch["metadata"]!["annotations"]?.AsObject() ?? new JsonObject();
        foreach ((string key, JsonNode? value) in said) annotations[key] = (string)value!;
        _services[name] = Find(name) with { Metadata = Find(name).Metadata with { Annotations = annotations } };
    }

    private void Say(string name, ConditionStatus status, string reason, Func<ModelServiceStatus, ModelServiceStatus> edit)
    {
        ModelService known = Find(name);
        var condition = new Condition { Type = ModelServiceConditions.RolledOut, Status = status, Reason = reason, Message = "as told" };
        _services[name] = known with
        {
            Metadata = known.Metadata with { ResourceVersion = $"{++_version}" },
            Status = edit(known.Status ?? new ModelServiceStatus()) with
            {
                ObservedGeneration = known.Metadata.Generation,
                Conditions = [condition],
            },
        };
    }
}
