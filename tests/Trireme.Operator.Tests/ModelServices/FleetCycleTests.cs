using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Rollouts;
using Trireme.Kubernetes;
using Trireme.Operator.ModelServices;
using Trireme.Operator.Placement;
using Trireme.Operator.Quality;
using Trireme.Testing;

namespace Trireme.Operator.Tests.ModelServices;

public sealed class FleetCycleTests : IDisposable
{
    private static readonly TimeSpan Answer = TimeSpan.FromMilliseconds(20);

    private readonly TimeDriver _driver = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly MemoryApi _api;
    private readonly ObservedApi _connection;

    public FleetCycleTests()
    {
        _api = new MemoryApi(_driver.Time) { Validates = false };
        _connection = new ObservedApi(_api, _driver.Time);
        Release release = Verified("v1", "h1");
        Release created = _driver.Await(() => _api.Of<Release>().CreateAsync(release));
        _driver.Await(() => _api.Of<Release>().ReplaceStatusAsync(created with { Status = release.Status }));
    }

    [Fact]
    public void Two_hundred_replicas_are_created_side_by_side_within_the_bound_and_not_one_by_one()
    {
        _driver.Await(() => _api.Of<ModelService>().CreateAsync(Service("big", replicas: 200)));
        Run();
        DateTimeOffset begun = _driver.Now;
        _driver.RunUntil("all replicas exist", () => _api.All<ModelReplica>().Count == 200, TimeSpan.FromSeconds(5));
        Assert.InRange(_connection.ConcurrentMax, 20, 32);
        Assert.InRange((_driver.Now - begun) / Answer, 7, 12);
        _driver.AdvanceBy(TimeSpan.FromSeconds(30));
        Assert.Equal(200, _api.All<ModelReplica>().Count);
    }

    [Fact]
    public void A_status_that_meets_a_newer_version_leaves_nothing_of_the_decision_behind()
    {
        _driver.Await(() => _api.Of<ModelService>().CreateAsync(Service("tiny", replicas: 2)));
        int conflicts = 0;
        _connection.BeforeWrite = call =>
        {
            if (call != "PUT modelservices" || conflicts++ > 0) return null;
            return new ApiException(
                HttpMethod.Put, new Uri("x", UriKind.Relative), HttpStatusCode.Conflict, new Status { Reason = "Conflict" });
        };
        Run();
        _driver.RunUntil("the conflict", () => conflicts == 1);
        Assert.Empty(_api.All<ModelReplica>());
        _driver.RunUntil("the second try", () => _api.All<ModelReplica>().Count == 2);
        _driver.AdvanceBy(TimeSpan.FromSeconds(30));
        Assert.Equal(2, _api.All<ModelReplica>().Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_creation_whose_answer_is_lost_is_not_done_twice(bool serverSaysFailed)
    {
        Exception lost = serverSaysFailed
            ? new ApiException(HttpMethod.Post, new Uri("x", UriKind.Relative), HttpStatusCode.InternalServerError, new Status())
            : new HttpRequestException("the answer is lost");
        _driver.Await(() => _api.Of<ModelService>().CreateAsync(Service("tiny", replicas: 1)));
        int created = 0;
        _connection.AfterWrite = call =>
            call == "POST modelreplicas" && ++created == 1 ? lost : null;

        // The report of the creation is held back too, so that nothing but the assumption knows of it.
        _connection.WatchDelay = TimeSpan.FromSeconds(3);
        Run();
        _driver.AdvanceBy(TimeSpan.FromMinutes(1));
        Assert.Equal(1, created);
        Assert.Single(_api.All<ModelReplica>());
    }

    [Fact]
    public void A_creation_that_was_refused_is_tried_again()
    {
        _driver.Await(() => _api.Of<ModelService>().CreateAsync(Service("tiny", replicas: 3)));
        int refused = 0;
        _connection.BeforeWrite = call => call == "POST modelreplicas" && refused++ < 2
            ? new ApiException(HttpMethod.Post, new Uri("x", UriKind.Relative), HttpStatusCode.TooManyRequests, new Status())
            : null;
        Run();
        _driver.RunUntil("all replicas exist", () => _api.All<ModelReplica>().Count == 3, TimeSpan.FromSeconds(5));
        _driver.AdvanceBy(TimeSpan.FromMinutes(1));
        Assert.Equal(3, _api.All<ModelReplica>().Count);
    }

    [Fact]
    public void A_creation_that_is_refused_for_good_is_told_where_a_person_looks()
    {
        _driver.Await(() => _api.Of<ModelService>().CreateAsync(Service("tiny", replicas: 1)));
        _connection.BeforeWrite = call => call == "POST modelreplicas"
            ? new ApiException(
                HttpMethod.Post,
                new Uri("x", UriKind.Relative),
                HttpStatusCode.UnprocessableEntity,
                new Status { Message = "spec.resources.memory: Invalid value" })
            : null;
        Run();
        _driver.RunUntil("the event", () => _api.All<Event>().Any(recorded => recorded.Reason == "FailedCreate"), TimeSpan.FromSeconds(30));
        Event told = _api.All<Event>().First(recorded => recorded.Reason == "FailedCreate");
        Assert.Equal(("Warning", "ModelService", "tiny"), (told.Type, told.InvolvedObject.Kind, told.InvolvedObject.Name));
        Assert.Contains("spec.resources.memory: Invalid value", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_creation_that_is_refused_is_a_condition_until_it_is_not()
    {
        _driver.Await(() => _api.Of<ModelService>().CreateAsync(Service("tiny", replicas: 1)));
        bool refuses = true;
        int tries = 0;
        int statuses = 0;
        _connection.BeforeWrite = call =>
        {
            if (call == "PUT modelservices") statuses++;
            if (call != "POST modelreplicas" || !refuses) return null;
            // Every try has a name of its own.
            string name = _connection.Written!.Metadata.Name;
            tries++;
            return new ApiException(
                HttpMethod.Post,
                new Uri("x", UriKind.Relative),
                HttpStatusCode.Forbidden,
                new Status { Message = $"modelreplicas \"{name}\" is forbidden: exceeded quota" });
        };
        Run();
        Condition Scaled() => _api.All<ModelService>()[0].Status!.Conditions.Find(ModelServiceConditions.Scaled)!;
        _driver.RunUntil(
            "the condition",
            () => (_api.All<ModelService>()[0].Status?.Conditions).Find(ModelServiceConditions.Scaled)?.Reason == "FailedCreate",
            TimeSpan.FromSeconds(30));
        const string Message =
            "0 of 1 replicas are ready. A replica could not be created: modelreplicas \"tiny-…\" is forbidden: exceeded quota";
        Assert.Equal((ConditionStatus.False, Message), (Scaled().Status, Scaled().Message));

        int written = statuses;
        int before = tries;
        _driver.AdvanceBy(TimeSpan.FromMinutes(2));
        Assert.True(tries > before);
        Assert.Equal(written, statuses);

        refuses = false;
        _driver.RunUntil("the replica", () => _api.All<ModelReplica>().Count == 1, TimeSpan.FromMinutes(10));
        _driver.RunUntil("another reason", () => Scaled().Reason != "FailedCreate", TimeSpan.FromSeconds(30));
        Assert.Equal("ReplicasStarting", Scaled().Reason);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Nothing_is_created_for_a_service_whose_deletion_was_not_reported(bool isMadeAnew)
    {
        _driver.Await(() => _api.Of<ModelService>().CreateAsync(Service("tiny", replicas: 2)));
        int created = 0;
        _connection.BeforeWrite = call =>
        {
            if (call == "POST modelreplicas") created++;
            return null;
        };
        Run();
        _driver.RunUntil("all replicas exist", () => _api.All<ModelReplica>().Count == 2);
        _driver.AdvanceBy(TimeSpan.FromSeconds(30));

        _connection.SilentWatch = "modelservices";
        _driver.Await(() => _api.Of<ModelService>().DeleteAsync(new ResourceKey("default", "tiny")));
        if (isMadeAnew) _driver.Await(() => _api.Of<ModelService>().CreateAsync(Service("tiny", replicas: 1)));
        _driver.AdvanceBy(TimeSpan.FromMinutes(1));
        Assert.Equal(2, created);
        Assert.All(_api.All<ModelReplica>(), static replica => Assert.True(replica.Metadata.IsDeleting));
    }

    [Fact]
    public void A_slow_service_holds_up_no_other()
    {
        _driver.Await(() => _api.Of<ModelService>().CreateAsync(Service("slow", replicas: 1)));
        _driver.Await(() => _api.Of<ModelService>().CreateAsync(Service("tiny", replicas: 1)));
        _connection.Slow = resource => resource.Metadata.Name == "slow" ? TimeSpan.FromSeconds(20) : Answer;
        Run();
        _driver.RunUntil(
            "the other's replica exists",
            () => _api.All<ModelReplica>().Any(replica => replica.Spec.Service == "tiny"),
            TimeSpan.FromSeconds(1));
        Assert.DoesNotContain(_api.All<ModelReplica>(), replica => replica.Spec.Service == "slow");
    }

    public void Dispose()
    {
        _stop.Cancel();
        _driver.RunUntilIdle();
        _driver.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        var metrics = new MetricRegistry();
        var informers = new InformerSet(_connection, NullLoggerFactory.Instance, _driver.Time);
        var options = new OperatorOptions { DataFolder = "/nowhere", Worker = new WorkerProgram { FileName = "none" }, ModelRoots = [] };
        var evidence = new RolloutEvidence(
            new NoTelemetry(),
            new NoProbe(),
            new OpenReplicas(),
            new ReplicaPrices(informers, options),
            NullLogger<RolloutEvidence>.Instance,
            _driver.Time);
        var scaling = new ScalingSignals(new NoServiceLoads(), metrics, _driver.Time);
        var view = new FleetView(informers, evidence, scaling, options, metrics, _driver.Time);
        var events = new EventRecorder(_api.Of<Event>(), metrics, NullLogger<EventRecorder>.Instance, _driver.Time);
#pragma warning disable CA5394 // Reproducible by intent.
        var changes = new ServiceChanges(
            view, _connection, new ReplicaNames(new Random(1)), events, NullLogger<ServiceChanges>.Instance, _driver.Time);
#pragma warning restore CA5394
        var cycle = new FleetCycle(view, changes, evidence, scaling, _driver.Time);
        IControlLoop loop = cycle.CreateLoop(new ControllerFactory(informers, metrics, NullLoggerFactory.Instance, _driver.Time));
        _driver.Start(() => informers.RunAsync(_stop.Token));
        _driver.Start(async () =>
        {
            await informers.WaitForSyncAsync(_stop.Token);
            await loop.RunAsync(_stop.Token);
        });
        _driver.Start(() => events.RunAsync(_stop.Token));
    }

    private static Release Verified(string name, string hash) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default" },
        Spec = new ReleaseSpec { Source = new ModelSource { Path = name } },
        Status = new ReleaseStatus
        {
            ContentHash = hash,
            ShortHash = hash,
            ResolvedPath = "/models/" + name,
            Conditions = [new Condition { Type = ReleaseConditions.Verified, Status = ConditionStatus.True, Reason = "DigestsMatch" }],
        },
    };

    private static ModelService Service(string name, int replicas) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default" },
        Spec = new ModelServiceSpec { Release = "v1", Replicas = replicas },
    };

    private sealed class NoTelemetry : IRolloutTelemetry
    {
        public Task<IReadOnlyList<WindowPair>> ReadWindowsAsync(WindowQuery query, CancellationToken cancellationToken) =>
            Task.FromResult<IReadOnlyList<WindowPair>>([]);
    }

    private sealed class NoProbe : IQualityProbe
    {
        public event Action<ResourceKey>? Finished
        {
            add { }
            remove { }
        }

        public QualityResult Read(ResourceKey service, int step, QualityComparison comparison) => QualityResult.Pending;

        public void Forget(ResourceKey service)
        {
        }
    }
}
