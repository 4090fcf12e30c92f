using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Timing;
using Trireme.Fleet.Replicas;
using Trireme.Kubernetes;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Simulation;

/// <summary>Everything around the operator: an API server, a machine, a user, and what goes wrong between them.</summary>
internal sealed class SimulatedWorld : IDisposable
{
    /// <summary>Name says kind: "good-1", "broken-0", "worse-0".</summary>
    public static readonly IReadOnlyList<string> Releases = ["good-0", "good-1", "good-2", "broken-0", "worse-0", "unstartable-0"];

    private SimulatedOperator? _operator;
    private int _lives;
    private int _words;

    public SimulatedWorld(int seed, double faultRate)
    {
        Driver = new TimeDriver();
        Plan = new FaultPlan(seed, Driver.Time) { Rate = faultRate };
        Api = new MemoryApi(Driver.Time) { Validates = false };
        Machine = new FakeMachine(Plan, Options.Replicas, replica => KindOf(replica.Spec.Release), Driver.Time);
        Invariants = new FleetInvariants(this);
        Loads = new SimulatedLoads(this);
        foreach (string name in Releases)
        {
            Create(new Release { Metadata = Named(name), Spec = new ReleaseSpec { Source = new ModelSource { Path = name } } });
        }
    }

    public TimeDriver Driver { get; }

    public FaultPlan Plan { get; }

    public MemoryApi Api { get; }

    public FakeMachine Machine { get; }

    public FleetInvariants Invariants { get; }

    public SimulatedLoads Loads { get; }

    /// <summary>Long pauses are shortened, so that a schedule is not spent on looking at what does not change.</summary>
    public OperatorOptions Options { get; set; } = new()
    {
        DataFolder = "/nowhere",
        Worker = new WorkerProgram { FileName = "none" },
        ModelRoots = [],
        ReleaseRecheckInterval = TimeSpan.FromMinutes(1),
        Replicas = new ReplicaTimings
        {
            HealthInterval = TimeSpan.FromSeconds(5),
            StartupTimeout = TimeSpan.FromSeconds(60),
            UnresponsiveAfter = TimeSpan.FromSeconds(10),
            StopPoll = TimeSpan.FromMilliseconds(500),
            Restart = new Backoff { First = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromSeconds(10) },
            HealthyAfter = TimeSpan.FromSeconds(20),
        },
    };

    public static EngineKind KindOf(string release) => release[0] switch
    {
        'b' => EngineKind.Broken,
        'w' => EngineKind.Worse,
        'u' => EngineKind.Unstartable,
        _ => EngineKind.Good,
    };

    public static ObjectMeta Named(string name) => new() { Name = name, Namespace = "default" };

    public static ModelService Service(
        string name, string release, int replicas, RolloutStrategyType strategy = RolloutStrategyType.Canary) => new()
    {
        Metadata = Named(name),
        Spec = new ModelServiceSpec
        {
            Release = release,
            Replicas = replicas,
            Drain = new DrainSpec { Timeout = Duration.FromSeconds(20) },
            Rollout = PlanOf(strategy),
        },
    };

    /// <summary>
    /// The longest times are longer than a watch can be silent, so that no step is held and nothing is given up for lack of a look.
    /// </summary>
    public static RolloutSpec PlanOf(RolloutStrategyType strategy)
    {
        var (min, max) = (Duration.FromSeconds(2), Duration.FromSeconds(900));
        return new RolloutSpec
        {
            Strategy = strategy,
            Steps = [new RolloutStep { Weight = 50, MinDuration = min, MaxDuration = max }],
            BlueGreen = new BlueGreenSpec { KeepOld = Duration.FromSeconds(60) },
            Shadow = new ShadowSpec { Percent = 50, MinDuration = min, MaxDuration = max },
            InPlace = new InPlaceSpec { MinDuration = Duration.FromSeconds(30) },
            ProgressDeadline = max,
        };
    }

    public void StartOperator() => _operator ??= new SimulatedOperator(this, _lives++);

    public void KillOperator()
    {
        if (_operator is null) return;
        Plan.Note("the operator dies");
        _operator.Dispose();
        _operator = null;
    }

    public ModelService? Find(string service) => Api.Find<ModelService>(new ResourceKey("default", service));

    public IEnumerable<ModelReplica> ReplicasOf(ModelService service) => Api.All<ModelReplica>().Where(
        replica => replica.Metadata.OwnerReferences?[0].Uid == service.Metadata.Uid);

    public void Create<T>(T resource)
        where T : class, IResource =>
        Driver.Await(() => Api.Of<T>().CreateAsync(resource));

    public void Change(string service, Func<ModelService, ModelService> change)
    {
        if (Find(service) is { } current) Driver.Await(() => Api.Of<ModelService>().ReplaceAsync(change(current)));
    }

    /// <summary>Says something of a service's present move, as the commands do: with a release to go to, or of the move's own.</summary>
    public void Say(string service, string annotation, ReleaseRef to, bool names) => Change(service, current =>
    {
        string word = TriremeApi.OrderText(current.Status?.Rollout?.Id, to.ContentHash, $"{++_words}");
        Invariants.Said(word);
        var annotations = new Dictionary<string, string>(current.Metadata.Annotations ?? new Dictionary<string, string>())
        {
            [annotation] = word,
        };
        return current with
        {
            Metadata = current.Metadata with { Annotations = annotations },
            Spec = names ? current.Spec with { Release = to.Name } : current.Spec,
        };
    });

    /// <summary>Somebody writes over what the operator recorded.</summary>
    public void EditStatus(string service, Func<ModelServiceStatus, ModelServiceStatus> edit)
    {
        if (Find(service) is not { Status: { } status } current) return;
        Invariants.IsEdited = true;
        Invariants.Forget(current);
        Driver.Await(() => Api.Of<ModelService>().ReplaceStatusAsync(current with { Status = edit(status) }));
        Invariants.IsEdited = false;
    }

    public void Delete<T>(ResourceKey key)
        where T : class, IResource =>
        Driver.Await(() => Api.Of<T>().DeleteAsync(key));

    public void Dispose()
    {
        KillOperator();
        Driver.RunUntilIdle();
        Driver.Dispose();
    }
}
