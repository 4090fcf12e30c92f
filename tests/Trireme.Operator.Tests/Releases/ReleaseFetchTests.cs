using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Engines;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;
using Trireme.Operator.Artifacts;
using Trireme.Operator.Releases;
using Trireme.Operator.Tests.Reconciling;

namespace Trireme.Operator.Tests.Releases;

public sealed class ReleaseFetchTests : IDisposable
{
    private const string Address = "hf://org/tiny@main";

    private static readonly ResourceKey Key = new("default", "r");

    private readonly ReconcilerWorld _world = new();
    private readonly ScriptedFetcher _fetcher = new();
    private readonly FetchedDisk _disk = new();
    private readonly CancellationTokenSource _stop = new();

    public ReleaseFetchTests()
    {
        var reconciler = new ReleaseReconciler(
            _world.Informers,
            _world.Api,
            _disk,
            new ReleaseSources(_fetcher, _world.Api, _world.Driver.Time),
            _world.Events,
            _world.Options,
            NullLogger<ReleaseReconciler>.Instance,
            _world.Driver.Time);
        var controllers = new ControllerFactory(_world.Informers, new MetricRegistry(), NullLoggerFactory.Instance, _world.Driver.Time);
        IControlLoop loop = reconciler.CreateLoop(controllers);
        _world.Driver.Start(() => loop.RunAsync(_stop.Token));
    }

    private ReleaseStatus Status => _world.Api.Find<Release>(Key)!.Status!;

    private Condition Verified => Status.Conditions.Find(ReleaseConditions.Verified)!;

    public void Dispose()
    {
        _world.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public void A_release_by_address_tells_how_far_it_is_and_is_verified_once_its_files_are_here()
    {
        Create();
        _fetcher.Progress!.Listed(ScriptedFetcher.Listing);
        _world.Driver.AdvanceBy(TimeSpan.FromSeconds(2));
        _fetcher.Progress.Received(25 << 20);
        _world.Driver.AdvanceBy(TimeSpan.FromSeconds(2));
        Assert.Equal((ConditionStatus.Unknown, "Fetching"), (Verified.Status, Verified.Reason));
        SourceStatus source = Assert.Single(Status.Sources!);
        Assert.Equal((Address, FetchPhase.Fetching, HubTestCommit), (source.Address, source.Phase, source.Revision));
        Assert.Equal((100L << 20, 25L << 20), (source.SizeBytes, source.FetchedBytes));
        Assert.Equal((25L << 20) / 4, source.BytesPerSecond);
        Assert.Equal(_world.Driver.Time.GetUtcNow() + TimeSpan.FromSeconds(12), source.ExpectedAt);
        Assert.Equal($"{Address} is fetched: 25.0 MiB of 100.0 MiB, 0 of 1 files; about 12s left at 6.3 MiB/s.", Verified.Message);

        _fetcher.End(FetchOutcome.Of(ScriptedFetcher.Record, "/store/trees/t"));
        _world.Driver.RunUntilIdle();
        Assert.True(Status.Conditions.IsTrue(ReleaseConditions.Verified));
        Assert.Equal(("/store/trees/t", FetchPhase.Fetched), (Status.ResolvedPath, Status.Sources![0].Phase));
        Assert.Null(Status.Sources[0].ExpectedAt);
        Assert.Equal(["Fetching", "DigestsMatch"], _world.EventReasons);
        End();
    }

    [Fact]
    public void A_release_keeps_to_the_revision_it_first_asked()
    {
        Create();
        Assert.Null(_fetcher.Revisions[^1]);
        _fetcher.Progress!.Listed(ScriptedFetcher.Listing);
        _fetcher.End(FetchOutcome.Of(FetchProblem.Unknown("SourceUnreachable", "The line was cut.")));
        _world.Driver.RunUntilIdle();
        Assert.Equal((ConditionStatus.Unknown, "SourceUnreachable"), (Verified.Status, Verified.Reason));
        Assert.Equal((FetchPhase.Waiting, HubTestCommit), (Status.Sources![0].Phase, Status.Sources[0].Revision));
        _world.Driver.AdvanceBy(TimeSpan.FromSeconds(31));
        Assert.Equal([null, HubTestCommit], _fetcher.Revisions);
        End();
    }

    [Fact]
    public void A_refusal_is_said_and_asked_again_after_a_minute()
    {
        Create();
        _fetcher.End(FetchOutcome.Of(FetchProblem.Refused("SourceRefused", "It is gated.")));
        _world.Driver.RunUntilIdle();
        Assert.Equal((ConditionStatus.False, "SourceRefused", "It is gated."), (Verified.Status, Verified.Reason, Verified.Message));
        Assert.Equal(FetchPhase.Failed, Status.Sources![0].Phase);
        _world.Driver.AdvanceBy(TimeSpan.FromSeconds(61));
        Assert.Equal(2, _fetcher.Revisions.Count);
        End();
    }

    [Fact]
    public void A_deleted_release_ends_its_fetch_at_once()
    {
        Create();
        Assert.False(_fetcher.Token.IsCancellationRequested);
        _world.Delete<Release>(Key);
        Assert.True(_fetcher.Token.IsCancellationRequested);
        End();
    }

    [Fact]
    public void A_label_written_during_the_fetch_does_not_end_it()
    {
        Create();
        Release labelled = _world.Api.Find<Release>(Key)!;
        labelled = labelled with { Metadata = labelled.Metadata with { Labels = new Dictionary<string, string> { ["a"] = "b" } } };
        _world.Driver.Await(() => _world.Api.Of<Release>().ReplaceAsync(labelled));
        _fetcher.Progress!.Listed(ScriptedFetcher.Listing);
        _world.Driver.AdvanceBy(TimeSpan.FromSeconds(6));
        Assert.False(_fetcher.Token.IsCancellationRequested);
        Assert.Equal("Fetching", Verified.Reason);
        _fetcher.End(FetchOutcome.Of(ScriptedFetcher.Record, "/store/trees/t"));
        _world.Driver.RunUntilIdle();
        Assert.True(Status.Conditions.IsTrue(ReleaseConditions.Verified));
        End();
    }

    [Fact]
    public void A_secret_that_is_not_there_is_named_and_its_coming_ends_the_wait()
    {
        Create(pullSecret: "pull");
        FetchProblem? problem = _fetcher.AskCredentials(_world);
        Assert.Equal(("PullSecretInvalid", true), (problem?.Reason, problem?.IsVerdict));
        Assert.Contains("\"pull\"", problem!.Message, StringComparison.Ordinal);
        _world.Create(new Secret
        {
            Metadata = new ObjectMeta { Name = "pull", Namespace = Key.Namespace },
            Data = new Dictionary<string, string> { ["token"] = Convert.ToBase64String("hf_x"u8) },
        });
        Assert.Null(_fetcher.AskCredentials(_world));
        End();
    }

    [Fact]
    public void Bytes_that_went_bad_in_the_store_are_fetched_again()
    {
        Create();
        _fetcher.End(FetchOutcome.Of(ScriptedFetcher.Record, "/store/trees/t"));
        _fetcher.Distrusts = 1;
        _world.Driver.RunUntilIdle();
        Assert.Equal(2, _fetcher.Revisions.Count);
        End();
    }

    [Fact]
    public void Words_that_are_no_content_leave_the_identity_alone()
    {
        Create();
        _fetcher.End(FetchOutcome.Of(ScriptedFetcher.Record, "/store/trees/t"));
        _world.Driver.RunUntilIdle();
        string hash = Status.ContentHash!;
        var other = new ResourceKey("default", "other");
        Create(name: "other", pullSecret: "pull", description: "The same, said in other words.");
        _fetcher.End(FetchOutcome.Of(ScriptedFetcher.Record, "/store/trees/t"));
        _world.Driver.RunUntilIdle();
        Assert.Equal(hash, _world.Api.Find<Release>(other)!.Status!.ContentHash);
        End();
    }

    /// <summary>Ends the loop on the thread that the test drives.</summary>
    private void End()
    {
        _stop.Cancel();
        _world.Driver.RunUntilIdle();
    }

    private const string HubTestCommit = "0123456789abcdef0123456789abcdef01234567";

    private void Create(string name = "r", string? pullSecret = null, string? description = null) => _world.Create(new Release
    {
        Metadata = new ObjectMeta { Name = name, Namespace = Key.Namespace },
        Spec = new ReleaseSpec { Source = new ModelSource { Path = Address }, PullSecret = pullSecret, Description = description },
    });

    private sealed class ScriptedFetcher : IArtifactFetcher
    {
        private TaskCompletionSource<FetchOutcome> _end = new();
        private Func<CancellationToken, Task<PullCredentials>>? _credentials;

        public static RemoteListing Listing { get; } = new(
            HubTestCommit,
            [new RemoteFile { Name = "model.safetensors", Key = "model.safetensors", SizeBytes = 100 << 20, Sha256 = new string('a', 64) }],
            IsFile: false);

        public static SourceRecord Record { get; } = new()
        {
            Address = Address,
            Revision = HubTestCommit,
            IsFile = false,
            Files = [new StoredFile("model.safetensors", new string('a', 64), 100 << 20)],
        };

        public List<string?> Revisions { get; } = [];

        public FetchProgress? Progress { get; private set; }

        public CancellationToken Token { get; private set; }

        public int Distrusts { get; set; }

        public void End(FetchOutcome outcome) => _end.TrySetResult(outcome);

        public FetchProblem? AskCredentials(ReconcilerWorld world)
        {
            try
            {
                world.Driver.Await(() => _credentials!(CancellationToken.None));
                return null;
            }
            catch (FetchException exception)
            {
                return exception.Problem;
            }
        }

        public Task<FetchOutcome> FetchAsync(
            ArtifactAddress address,
            string? revision,
            Func<CancellationToken, Task<PullCredentials>> credentials,
            FetchProgress progress,
            CancellationToken cancellationToken)
        {
            Revisions.Add(revision);
            Progress = progress;
            _credentials = credentials;
            Token = cancellationToken;
            var end = _end = new TaskCompletionSource<FetchOutcome>();
            cancellationToken.Register(() => end.TrySetCanceled(cancellationToken));
            return end.Task;
        }

        public bool Distrust(SourceRecord record, IReadOnlyList<ArtifactPin> seen) => Distrusts-- > 0;
    }

    private sealed class FetchedDisk : IReleaseReader
    {
        public Task<ReleaseObservation> ReadAsync(EngineFiles files, bool comparesParts, CancellationToken cancellationToken) =>
            Task.FromResult(new ReleaseObservation(new SourceObservation
            {
                Kind = SourceKind.Model,
                Path = files.Model,
                Looked = [files.Model],
                ResolvedPath = files.Model,
                Artifacts = [ScriptedFetcher.Record.Files[0].ToPin()],
                SizeBytes = 100 << 20,
            }));
    }
}
