using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Rollouts;
using Trireme.Fleet.Services;
using Trireme.Kubernetes;
using Trireme.Operator.ModelServices;
using Trireme.Operator.Placement;
using Trireme.Operator.Quality;
using Trireme.Testing;

namespace Trireme.Operator.Tests.ModelServices;

public sealed class RolloutEvidenceTests : IDisposable
{
    private static readonly ResourceKey Key = new("default", "tiny");

    private readonly TimeDriver _driver = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly MemoryApi _api;
    private readonly Telemetry _telemetry = new();
    private readonly Probe _probe = new();
    private readonly RolloutEvidence _evidence;
    private readonly List<ResourceKey> _told = [];

    public RolloutEvidenceTests()
    {
        _api = new MemoryApi(_driver.Time);
        var informers = new InformerSet(_api, NullLoggerFactory.Instance, _driver.Time);
        var options = new OperatorOptions { DataFolder = "/nowhere", Worker = new WorkerProgram { FileName = "none" }, ModelRoots = [] };
        var prices = new ReplicaPrices(informers, options);
        _driver.Start(() => informers.RunAsync(_stop.Token));
        _evidence = new RolloutEvidence(
            _telemetry, _probe, new OpenReplicas(), prices, NullLogger<RolloutEvidence>.Instance, _driver.Time);
        _evidence.Changed += _told.Add;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _driver.RunUntilIdle();
        _driver.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public void A_decision_takes_what_is_known_and_is_told_when_there_is_more()
    {
        Assert.Empty(AddTo(RolloutPhase.Progressing).Samples.Windows);
        _driver.RunUntilIdle();
        Assert.Equal([Key], _told);
        Assert.Single(AddTo(RolloutPhase.Progressing).Samples.Windows);
        Assert.Equal(1, _telemetry.Reads);
    }

    [Fact]
    public void Samples_are_read_again_once_they_are_old()
    {
        AddTo(RolloutPhase.Progressing);
        _driver.AdvanceBy(TimeSpan.FromSeconds(2));
        AddTo(RolloutPhase.Progressing);
        _driver.RunUntilIdle();
        Assert.Equal(2, _telemetry.Reads);
    }

    [Fact]
    public void A_release_without_traffic_is_not_judged()
    {
        AddTo(RolloutPhase.Preparing);
        AddTo(RolloutPhase.Promoted);
        _driver.RunUntilIdle();
        Assert.Equal(0, _telemetry.Reads);
        Assert.Equal([Key, Key], _probe.Forgotten);
    }

    [Fact]
    public void Samples_that_cannot_be_read_are_named_and_nobody_is_judged_by_them()
    {
        _telemetry.Failure = new HttpRequestException("connection refused");
        AddTo(RolloutPhase.Progressing);
        _driver.RunUntilIdle();
        ServiceSnapshot seen = AddTo(RolloutPhase.Progressing);
        Assert.Empty(seen.Samples.Windows);
        Assert.Equal("The samples of the step could not be read: connection refused", seen.SamplesProblem);
    }

    [Fact]
    public void A_telemetry_system_that_does_not_answer_holds_up_nothing_and_is_named_after_a_while()
    {
        _telemetry.Answers = false;
        AddTo(RolloutPhase.Progressing);
        _driver.AdvanceBy(TimeSpan.FromSeconds(14));
        Assert.Null(AddTo(RolloutPhase.Progressing).SamplesProblem);
        _driver.AdvanceBy(TimeSpan.FromSeconds(1));
        Assert.Equal(
            "The samples of the step could not be read: no answer within 15 s", AddTo(RolloutPhase.Progressing).SamplesProblem);
    }

    [Fact]
    public void The_samples_of_one_step_are_not_those_of_the_next()
    {
        AddTo(RolloutPhase.Progressing);
        _driver.RunUntilIdle();
        Assert.Empty(AddTo(RolloutPhase.Progressing, stepSeconds: 60).Samples.Windows);
        _driver.RunUntilIdle();
        Assert.Equal(2, _telemetry.Reads);
    }

    [Fact]
    public void Only_windows_after_the_last_one_that_is_counted_are_asked_for()
    {
        AddTo(RolloutPhase.Progressing, lastWindow: 8);
        _driver.RunUntilIdle();
        Assert.Equal(At(8), _telemetry.Last!.After);

        // What was read serves whoever has counted more since, and nobody who has counted less: they would miss what lies between.
        Assert.Single(AddTo(RolloutPhase.Progressing, lastWindow: 12).Samples.Windows);
        ServiceSnapshot behind = AddTo(RolloutPhase.Progressing, lastWindow: 4);
        Assert.Empty(behind.Samples.Windows);
        Assert.False(behind.SamplesWereRead);
        _driver.RunUntilIdle();
        Assert.Equal((At(4), 2), (_telemetry.Last.After, _telemetry.Reads));
        Assert.Single(AddTo(RolloutPhase.Progressing, lastWindow: 4).Samples.Windows);
    }

    [Fact]
    public void A_probe_that_came_to_something_is_not_asked_again()
    {
        AddTo(RolloutPhase.Progressing);
        Assert.Equal(0, _probe.Reads);
        AddTo(RolloutPhase.Progressing, isServed: true);
        Assert.Equal(1, _probe.Reads);
        AddTo(RolloutPhase.Progressing, isServed: true, quality: RolloutJudge.Look(null, Probed, new RolloutGates()).Evidence.Quality);
        Assert.Equal(1, _probe.Reads);
    }

    [Fact]
    public void Windows_have_prices_where_a_gate_asks_for_them_and_the_pool_has_one()
    {
        var gates = new RolloutGates { MaxCostPerTokenRatio = 2 };
        AddTo(RolloutPhase.Progressing, isServed: true, gates: gates);
        _driver.RunUntilIdle();
        ServiceSnapshot unpriced = AddTo(RolloutPhase.Progressing, isServed: true, gates: gates);
        Assert.Null(unpriced.Samples.Windows[0].Baseline.PricePerHour);
        Assert.StartsWith("no pricePerHour is set", unpriced.Samples.CostProblem, StringComparison.Ordinal);

        var device = new PoolDevice { Name = "cpu", Memory = new ByteSize(4L << 30) };
        _driver.Await(() => _api.Of<AcceleratorPool>().CreateAsync(new AcceleratorPool
        {
            Metadata = new ObjectMeta { Name = AcceleratorPool.Local },
            Spec = new AcceleratorPoolSpec { Devices = [device], PricePerHour = 8 },
        }));
        _driver.RunUntilIdle();
        WindowPair window = AddTo(RolloutPhase.Progressing, isServed: true, gates: gates).Samples.Windows[0];

        // A quarter of the device for the engine, a sixteenth for its runtime.
        Assert.Equal((2.5, 2.5), (window.Baseline.PricePerHour, window.Candidate.PricePerHour));
        Assert.Null(AddTo(RolloutPhase.Progressing, isServed: true).Samples.Windows[0].Baseline.PricePerHour);
    }

    private static RolloutSamples Probed { get; } =
        new() { Quality = [.. Enumerable.Range(0, 8).Select(static i => new QualityPair(i, 1, 1))] };

    private static DateTimeOffset At(int seconds) => DateTimeOffset.UnixEpoch.AddSeconds(seconds);

    private static ModelReplica Replica(string hash) => new()
    {
        Metadata = new ObjectMeta { Name = hash, Namespace = Key.Namespace, Uid = hash },
        Spec = new ModelReplicaSpec
        {
            Service = Key.Name, Release = hash, ContentHash = hash, Model = ArtifactSource.OfFile("/models/m"),
        },
        Status = new ModelReplicaStatus
        {
            Phase = ReplicaPhase.Ready,
            Endpoint = "http://127.0.0.1:1",
            Place = new ReplicaPlace { Pool = AcceleratorPool.Local, Device = "cpu-0" },
        },
    };

    private ServiceSnapshot AddTo(
        RolloutPhase phase, int stepSeconds = 0, int? lastWindow = null, bool isServed = false, SignalVerdict? quality = null,
        RolloutGates? gates = null) =>
        _driver.Inside(() => _evidence.AddTo(new ServiceSnapshot
        {
            Service = new ModelService
            {
                Metadata = new ObjectMeta { Name = Key.Name, Namespace = Key.Namespace, Uid = "u" },
                Spec = new ModelServiceSpec { Release = "new" },
                Status = new ModelServiceStatus
                {
                    Rollout = new RolloutStatus
                    {
                        Phase = phase,
                        From = new ReleaseRef { Name = "old", ContentHash = "o" },
                        To = new ReleaseRef { Name = "new", ContentHash = "n" },
                        Plan = new RolloutSpec { Gates = gates ?? new RolloutGates() },
                        StepStartedAt = At(stepSeconds),
                        Evidence = new MoveEvidence { LastWindow = lastWindow is { } last ? At(last) : null, Quality = quality },
                    },
                },
            },
            Releases = new Dictionary<string, Release>(),
            Replicas = isServed ? [Replica("o"), Replica("n")] : [],
        }));

    private sealed class Telemetry : IRolloutTelemetry
    {
        public int Reads { get; private set; }

        public WindowQuery? Last { get; private set; }

        public Exception? Failure { get; set; }

        public bool Answers { get; set; } = true;

        public async Task<IReadOnlyList<WindowPair>> ReadWindowsAsync(WindowQuery query, CancellationToken cancellationToken)
        {
            Reads++;
            Last = query;
            if (Failure is not null) throw Failure;
            if (!Answers)
            {
                var never = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                await using (cancellationToken.Register(() => never.TrySetCanceled(cancellationToken))) await never.Task;
            }

            return [new WindowPair(default, new ArmWindow(), new ArmWindow())];
        }
    }

    private sealed class Probe : IQualityProbe
    {
        public event Action<ResourceKey>? Finished
        {
            add { }
            remove { }
        }

        public List<ResourceKey> Forgotten { get; } = [];

        public int Reads { get; private set; }

        public QualityResult Read(ResourceKey service, int step, QualityComparison comparison)
        {
            Reads++;
            return QualityResult.Pending;
        }

        public void Forget(ResourceKey service) => Forgotten.Add(service);
    }
}
