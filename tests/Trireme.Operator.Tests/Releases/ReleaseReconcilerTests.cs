using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Engines;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;
using Trireme.Operator.Releases;
using Trireme.Operator.Tests.Reconciling;

namespace Trireme.Operator.Tests.Releases;

public sealed class ReleaseReconcilerTests : IDisposable
{
    private static readonly ResourceKey Key = new("default", "r");

    private readonly ReconcilerWorld _world = new();
    private readonly Disk _disk = new();
    private readonly ReleaseReconciler _reconciler;

    public ReleaseReconcilerTests() => _reconciler = new ReleaseReconciler(
        _world.Informers,
        _world.Api,
        _disk,
        NoFetches.Sources(_world),
        _world.Events,
        _world.Options,
        NullLogger<ReleaseReconciler>.Instance,
        _world.Driver.Time);

    private ReleaseStatus Status => _world.Api.Find<Release>(Key)!.Status!;

    public void Dispose() => _world.Dispose();

    [Fact]
    public void A_release_whose_files_are_there_is_verified_and_looked_at_again_now_and_then()
    {
        Create();
        Assert.Equal(_world.Options.ReleaseRecheckInterval, Reconcile().RequeueAfter);
        Assert.True(Status.Conditions.IsTrue(ReleaseConditions.Verified));
        Assert.Equal((64, "/models/m"), (Status.ContentHash!.Length, Status.ResolvedPath));
        Assert.Equal(["DigestsMatch"], _world.EventReasons);
    }

    [Fact]
    public void A_look_that_finds_the_same_writes_nothing_and_tells_nobody()
    {
        Create();
        Reconcile();
        string version = _world.Api.Find<Release>(Key)!.Metadata.ResourceVersion!;
        _world.Driver.AdvanceBy(TimeSpan.FromMinutes(3));
        Reconcile();
        Assert.Equal(version, _world.Api.Find<Release>(Key)!.Metadata.ResourceVersion);
        Assert.Single(_world.EventReasons);
    }

    [Fact]
    public void Parts_are_compared_until_the_release_is_verified_and_never_again()
    {
        SourceObservation here = _disk.Seen;
        _disk.Seen = here with { ResolvedPath = null };
        Create();
        Reconcile();
        _disk.Seen = here;
        Reconcile();
        Reconcile();
        Assert.Equal([true, true, false], _disk.PartsCompared);
    }

    [Fact]
    public void A_release_whose_files_are_missing_says_so_and_is_looked_at_sooner()
    {
        _disk.Seen = _disk.Seen with { ResolvedPath = null };
        Create();
        Assert.Equal(TimeSpan.FromSeconds(15), Reconcile().RequeueAfter);
        Condition verified = Status.Conditions.Find(ReleaseConditions.Verified)!;
        Assert.Equal((ConditionStatus.False, "SourceNotFound"), (verified.Status, verified.Reason));
        Assert.Null(Status.ContentHash);
    }

    [Fact]
    public void Files_that_change_after_the_verification_make_the_release_unusable_but_not_another_one()
    {
        Create();
        Reconcile();
        string hash = Status.ContentHash!;
        _disk.Seen = Disk.With('b');
        Reconcile();
        Assert.Equal("ChangedOnDisk", Status.Conditions.Find(ReleaseConditions.Verified)!.Reason);
        Assert.Equal(hash, Status.ContentHash);

        _disk.Seen = Disk.With('a');
        Reconcile();
        Assert.True(Status.Conditions.IsTrue(ReleaseConditions.Verified));
        Assert.Equal(["DigestsMatch", "ChangedOnDisk"], _world.EventReasons.Distinct());
    }

    [Theory]
    [InlineData("ModelFileChanged")]
    [InlineData("ReleaseNotUsable")]
    public void An_engine_that_found_a_file_changed_has_its_release_looked_at_at_once(string reason)
    {
        using var stop = new CancellationTokenSource();
        Start(stop.Token);
        Create();
        ModelReplica replica = _world.Create(new ModelReplica
        {
            Metadata = new ObjectMeta { Name = "r-1", Namespace = Key.Namespace },
            Spec = new ModelReplicaSpec
            {
                Service = "s",
                Release = Key.Name,
                ContentHash = "hash",
                Model = ArtifactSource.OfFile("/models/m"),
            },
        });
        Assert.True(Status.Conditions.IsTrue(ReleaseConditions.Verified));
        _disk.Seen = Disk.With('b');
        Report("Answering");
        Assert.True(Status.Conditions.IsTrue(ReleaseConditions.Verified));
        Report(reason);
        Assert.Equal("ChangedOnDisk", Status.Conditions.Find(ReleaseConditions.Verified)!.Reason);
        stop.Cancel();
        _world.Driver.RunUntilIdle();

        void Report(string told)
        {
            replica = replica with
            {
                Status = new ModelReplicaStatus
                {
                    Conditions = [new Condition { Type = ModelReplicaConditions.Ready, Status = ConditionStatus.False, Reason = told }],
                },
            };
            replica = _world.Driver.Await(() => _world.Api.Of<ModelReplica>().ReplaceStatusAsync(replica, stop.Token));
            _world.Driver.RunUntilIdle();
        }
    }

    [Theory]
    [InlineData("deleted")]
    [InlineData("replaced")]
    public void A_release_that_is_deleted_or_another_one_gives_its_read_back_at_once(string how)
    {
        _disk.Hangs.Add("m");
        using var stop = new CancellationTokenSource();
        Start(stop.Token);
        Create();
        CancellationToken reading = Assert.Single(_disk.Hanging);
        Update(release => release with { Metadata = release.Metadata with { Labels = new Dictionary<string, string> { ["a"] = "b" } } });
        Assert.False(reading.IsCancellationRequested);

        // No reconcile runs between the end of the first and the start of the second.
        _world.Driver.Await(() => _world.Api.Of<Release>().DeleteAsync(Key));
        if (how == "replaced") Create(path: "other");
        _world.Driver.RunUntilIdle();
        Assert.True(reading.IsCancellationRequested);
        if (how == "replaced") Assert.True(Status.Conditions.IsTrue(ReleaseConditions.Verified));
        stop.Cancel();
        _world.Driver.RunUntilIdle();
    }

    [Fact]
    public void A_small_release_is_verified_while_many_others_are_being_read()
    {
        _disk.Hangs.Add("large");
        using var stop = new CancellationTokenSource();
        Start(stop.Token);
        for (int i = 0; i < 20; i++) Create($"large-{i}", "large");
        Create();
        Assert.Equal(20, _disk.Hanging.Count);
        Assert.True(Status.Conditions.IsTrue(ReleaseConditions.Verified));
        stop.Cancel();
        _world.Driver.RunUntilIdle();
    }

    [Fact]
    public void A_release_that_is_read_for_long_says_that_it_is_and_goes_on_being_read()
    {
        _disk.Hangs.Add("m");
        using var stop = new CancellationTokenSource();
        Start(stop.Token);
        Create();
        Assert.Null(_world.Api.Find<Release>(Key)!.Status);
        _world.Driver.AdvanceBy(TimeSpan.FromSeconds(6));
        Condition verified = Status.Conditions.Find(ReleaseConditions.Verified)!;
        Assert.Equal((ConditionStatus.Unknown, "Reading"), (verified.Status, verified.Reason));
        Assert.False(Assert.Single(_disk.Hanging).IsCancellationRequested);
        Assert.Equal(["Reading"], _world.EventReasons);
        stop.Cancel();
        _world.Driver.RunUntilIdle();
    }

    [Fact]
    public void A_machine_without_descriptors_says_nothing_of_a_release()
    {
        Create();
        Reconcile();
        string version = _world.Api.Find<Release>(Key)!.Metadata.ResourceVersion!;
        _disk.Failure = new IOException("Too many open files", 24);
        Assert.Throws<IOException>(() => Reconcile());
        Assert.Equal(version, _world.Api.Find<Release>(Key)!.Metadata.ResourceVersion);
        Assert.True(Status.Conditions.IsTrue(ReleaseConditions.Verified));
        _disk.Failure = null;
        Assert.Equal(_world.Options.ReleaseRecheckInterval, Reconcile().RequeueAfter);
    }

    [Fact]
    public void A_release_that_is_gone_is_not_looked_for()
    {
        Assert.Null(Reconcile().RequeueAfter);
        Assert.Equal(0, _disk.Reads);
    }

    private ReconcileResult Reconcile() => _world.Reconcile(token => _reconciler.ReconcileAsync(Key, token));

    private void Start(CancellationToken stop)
    {
        var controllers = new ControllerFactory(_world.Informers, new MetricRegistry(), NullLoggerFactory.Instance, _world.Driver.Time);
        IControlLoop loop = _reconciler.CreateLoop(controllers);
        _world.Driver.Start(() => loop.RunAsync(stop));
    }

    private void Create(string name = "r", string path = "m") => _world.Create(new Release
    {
        Metadata = new ObjectMeta { Name = name, Namespace = Key.Namespace },
        Spec = new ReleaseSpec { Source = new ModelSource { Path = path } },
    });

    private void Update(Func<Release, Release> change)
    {
        Release next = change(_world.Api.Find<Release>(Key)!);
        _world.Driver.Await(() => _world.Api.Of<Release>().ReplaceAsync(next));
        _world.Driver.RunUntilIdle();
    }

    private sealed class Disk : IReleaseReader
    {
        public SourceObservation Seen { get; set; } = With('a');

        public int Reads { get; private set; }

        /// <summary>For each read, whether it was to compare the parts.</summary>
        public List<bool> PartsCompared { get; } = [];

        public Exception? Failure { get; set; }

        /// <summary>Models whose read does not end by itself.</summary>
        public HashSet<string> Hangs { get; } = [];

        /// <summary>The tokens of such reads.</summary>
        public List<CancellationToken> Hanging { get; } = [];

        public static SourceObservation With(char digit) => new()
        {
            Kind = SourceKind.Model,
            Path = "m",
            Looked = ["/models/m"],
            ResolvedPath = "/models/m",
            Artifacts = [new ArtifactPin { File = "model.safetensors", Digest = "sha256:" + new string(digit, 64) }],
            SizeBytes = 5,
        };

        public Task<ReleaseObservation> ReadAsync(EngineFiles files, bool comparesParts, CancellationToken cancellationToken)
        {
            Reads++;
            PartsCompared.Add(comparesParts);
            if (Failure is { } failure) return Task.FromException<ReleaseObservation>(failure);
            if (!Hangs.Contains(files.Model)) return Task.FromResult(new ReleaseObservation(Seen));
            Hanging.Add(cancellationToken);
            var never = new TaskCompletionSource<ReleaseObservation>();
            cancellationToken.Register(() => never.TrySetCanceled(cancellationToken));
            return never.Task;
        }
    }
}
