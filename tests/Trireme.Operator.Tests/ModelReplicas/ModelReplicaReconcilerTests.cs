using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Timing;
using Trireme.Fleet.Replicas;
using Trireme.Kubernetes;
using Trireme.Operator.ModelReplicas;
using Trireme.Operator.Runtimes;
using Trireme.Operator.Tests.Reconciling;

namespace Trireme.Operator.Tests.ModelReplicas;

public sealed class ModelReplicaReconcilerTests : IDisposable
{
    private static readonly ResourceKey Key = new("default", "tiny-1");

    private readonly ReconcilerWorld _world = new();
    private readonly ScriptedRuntime _runtime = new();
    private readonly ScriptedPlaces _places = new();
    private readonly ReplicaReports _reports = new();
    private readonly ModelReplicaReconciler _reconciler;

    public ModelReplicaReconcilerTests() => _reconciler = new ModelReplicaReconciler(
        _world.Informers, _world.Api, _runtime, _places, _reports, _world.Events, _world.Options,
        NullLogger<ModelReplicaReconciler>.Instance, _world.Driver.Time);

    private ModelReplica Stored => _world.Api.Find<ModelReplica>(Key)!;

    public void Dispose() => _world.Dispose();

    [Fact]
    public void A_new_replica_is_started_and_looked_at_often_until_it_is_ready()
    {
        Create();
        Assert.False(_reports.Contains(Key));
        Assert.Equal(TimeSpan.FromMilliseconds(200), Reconcile().RequeueAfter);
        Assert.True(_reports.Contains(Key));
        Assert.Equal(["start"], _runtime.Calls);
        Assert.Equal(ReplicaPhase.Starting, Stored.Status!.Phase);

        _runtime.Seen = ScriptedRuntime.Of(ReplicaPhase.Ready);
        Assert.Equal(_world.Options.Replicas.HealthInterval, Reconcile().RequeueAfter);
        Assert.Equal((ReplicaPhase.Ready, "http://127.0.0.1:1"), (Stored.Status!.Phase, Stored.Status.Endpoint));
        Assert.True(Stored.Status.Conditions.IsTrue(ModelReplicaConditions.Ready));
        Assert.Equal(["Ready"], _world.EventReasons);
    }

    [Fact]
    public void A_look_that_shows_nothing_new_writes_nothing()
    {
        Create();
        _runtime.Seen = ScriptedRuntime.Of(ReplicaPhase.Ready);
        Reconcile();
        string version = Stored.Metadata.ResourceVersion!;
        Reconcile();
        Assert.Equal(version, Stored.Metadata.ResourceVersion);
        Assert.Empty(_runtime.Calls);
    }

    [Fact]
    public void A_start_that_fails_says_why_and_is_tried_again()
    {
        Create();
        _runtime.StartAnswer = new StartResult.Failed("ReleaseNotUsable", "The files are gone; put them back.");
        Assert.Equal(TimeSpan.FromSeconds(5), Reconcile().RequeueAfter);
        Condition ready = Stored.Status!.Conditions.Find(ModelReplicaConditions.Ready)!;
        Assert.Equal(
            (ConditionStatus.False, "ReleaseNotUsable", "The files are gone; put them back."), (ready.Status, ready.Reason, ready.Message));
        Assert.Equal(ReplicaPhase.Pending, Stored.Status.Phase);

        // What nobody would see otherwise is told, once.
        Reconcile();
        Assert.Equal(["ReleaseNotUsable"], _world.EventReasons);
        Assert.All(_world.Api.All<Event>(), told => Assert.Equal(("Warning", 1), (told.Type, told.Count)));

        _runtime.StartAnswer = new StartResult.Started(ScriptedRuntime.Of(ReplicaPhase.Starting));
        Reconcile();
        Assert.Equal("Loading", Stored.Status.Conditions.Find(ModelReplicaConditions.Ready)!.Reason);
    }

    [Fact]
    public void An_engine_that_was_put_to_sleep_is_told_of_once_for_each_sleep()
    {
        Create();
        ReplicaObservation ready = ScriptedRuntime.Of(ReplicaPhase.Ready);
        ReplicaObservation asleep = ScriptedRuntime.Of(ReplicaPhase.Starting) with { Asleep = true, Unhealthy = true };
        foreach (ReplicaObservation seen in (ReplicaObservation[])[ready, asleep, asleep])
        {
            _runtime.Seen = seen;
            Reconcile();
        }

        Condition told = Stored.Status!.Conditions.Find(ModelReplicaConditions.Ready)!;
        Assert.Equal((ConditionStatus.False, "PutToSleep"), (told.Status, told.Reason));
        Assert.Contains("told to wake", told.Message, StringComparison.Ordinal);
        Assert.Equal(["Ready", "PutToSleep"], _world.EventReasons);

        _runtime.Seen = ready;
        Reconcile();
        _runtime.Seen = asleep;
        Reconcile();
        Assert.Equal(["Ready", "PutToSleep"], _world.EventReasons);
        Assert.All(_world.Api.All<Event>(), news => Assert.Equal(2, news.Count));
    }

    [Fact]
    public void An_engine_that_ended_is_told_of_and_not_started_before_its_pause_is_over()
    {
        Create();
        DateTimeOffset next = _world.Driver.Now.AddSeconds(7);
        _runtime.Seen = ScriptedRuntime.Of(ReplicaPhase.BackingOff) with
        {
            ExitIsNew = true,
            LastExit = new ReplicaExit(ExitReason.Crashed, "exit code 3", _world.Driver.Now)
            {
                Code = 3,
                StartedAt = _world.Driver.Now.AddMinutes(-1),
            },
            NextStartAt = next,
            NextStartDue = _world.Driver.Time.GetSteadyTime() + TimeSpan.FromSeconds(7),
            Restarts = 1,
        };
        Assert.Equal(TimeSpan.FromSeconds(7), Reconcile().RequeueAfter);
        Assert.Empty(_runtime.Calls);
        Assert.Equal(
            (ReplicaPhase.BackingOff, 1, "Crashed: exit code 3"), (Stored.Status!.Phase, Stored.Status.Restarts, Stored.Status.LastExit));
        Assert.Equal(["Crashed"], _world.EventReasons);
        ReplicaTermination ended = Stored.Status.LastTermination!;
        Assert.Equal(("Crashed", "exit code 3", 3), (ended.Reason, ended.Message, ended.ExitCode));
        Assert.Equal(TimeSpan.FromMinutes(1), ended.FinishedAt - ended.StartedAt);

        // One sentence each of the cause, what happens next, and where to read on; nothing raw.
        string expected = $"The engine ended: Crashed: exit code 3. It is started again at {next.UtcDateTime:HH:mm:ss} UTC. "
            + $"\"trireme logs {Stored.Metadata.Name} --previous\" shows what it said.";
        Assert.Equal(expected, Stored.Status.Conditions.Find(ModelReplicaConditions.Ready)!.Message);
    }

    [Fact]
    public void An_engine_that_ended_as_it_was_asked_to_is_no_fault()
    {
        Create();
        _runtime.Seen = ScriptedRuntime.Of(ReplicaPhase.BackingOff) with
        {
            ExitIsNew = true,
            LastExit = new ReplicaExit(ExitReason.Drained, "it ended when asked to", _world.Driver.Now),
            NextStartAt = _world.Driver.Now.AddSeconds(7),
            NextStartDue = _world.Driver.Time.GetSteadyTime() + TimeSpan.FromSeconds(7),
        };
        Reconcile();
        Assert.Equal(["Drained"], _world.EventReasons);
        Assert.Equal("Normal", Assert.Single(_world.Api.All<Event>()).Type);
    }

    [Fact]
    public void An_engine_that_cannot_serve_is_told_in_its_own_words_and_left_alone()
    {
        Create();
        _runtime.Seen = ScriptedRuntime.Of(ReplicaPhase.Failed) with
        {
            ExitIsNew = true,
            LastExit = new ReplicaExit(ExitReason.CannotServe, "It is damaged", _world.Driver.Now),
            Refusal = "It is damaged.",
            NextStartAt = _world.Driver.Now.AddMinutes(10),
            NextStartDue = _world.Driver.Time.GetSteadyTime() + TimeSpan.FromMinutes(10),
        };
        Assert.Equal(TimeSpan.FromMinutes(10), Reconcile().RequeueAfter);
        Assert.Empty(_runtime.Calls);
        Condition ready = Stored.Status!.Conditions.Find(ModelReplicaConditions.Ready)!;
        Assert.Equal(("CannotServe", "It is damaged."), (ready.Reason, ready.Message));
        Assert.Equal(["CannotServe"], _world.EventReasons);
    }

    [Fact]
    public void A_ready_replica_that_is_deleted_leaves_routing_first_then_ends_and_lets_its_object_go_last()
    {
        Create();
        _runtime.Seen = ScriptedRuntime.Of(ReplicaPhase.Ready);
        Reconcile();
        _world.Delete<ModelReplica>(Key);
        _runtime.HasEnded = false;
        DateTimeOffset begun = _world.Driver.Now;
        Assert.Equal(_world.Options.Replicas.StopPoll, Reconcile().RequeueAfter);

        // Routers have had their moment between the announcement and the request to end.
        Assert.Equal(_world.Options.Replicas.RoutingPause, _world.Driver.Now - begun);
        Assert.Equal((ReplicaPhase.Draining, "http://127.0.0.1:1"), (Stored.Status!.Phase, Stored.Status.Endpoint));
        Assert.Equal(["stop"], _runtime.Calls);
        Assert.Contains(TriremeApi.ReplicaFinalizer, Stored.Metadata.Finalizers!);

        _runtime.HasEnded = true;
        Assert.Null(Reconcile().RequeueAfter);
        Assert.Null(_world.Api.Find<ModelReplica>(Key));
    }

    [Fact]
    public void A_replica_that_nobody_was_routed_to_ends_without_a_pause()
    {
        Create();
        Reconcile();
        _world.Delete<ModelReplica>(Key);
        DateTimeOffset begun = _world.Driver.Now;
        Reconcile();
        Assert.Equal(begun, _world.Driver.Now);
        Assert.Null(_world.Api.Find<ModelReplica>(Key));
    }

    [Fact]
    public void Only_our_finalizer_is_taken_off()
    {
        Create("test.dev/other");
        _world.Delete<ModelReplica>(Key);
        Reconcile();
        Assert.Equal(["test.dev/other"], Stored.Metadata.Finalizers);

        // Without ours the rest is another's affair.
        _runtime.Calls.Clear();
        Assert.Null(Reconcile().RequeueAfter);
        Assert.Empty(_runtime.Calls);
    }

    [Fact]
    public void An_engine_without_an_object_is_stopped()
    {
        _runtime.HasEnded = false;
        Assert.Equal(_world.Options.Replicas.StopPoll, Reconcile().RequeueAfter);
        _runtime.HasEnded = true;
        Assert.Null(Reconcile().RequeueAfter);
        Assert.Equal(["stop", "stop"], _runtime.Calls);
    }

    private ReconcileResult Reconcile() => _world.Reconcile(token => _reconciler.ReconcileAsync(Key, token));

    private void Create(params string[] moreFinalizers) => _world.Create(new ModelReplica
    {
        Metadata = new ObjectMeta
        {
            Name = Key.Name,
            Namespace = Key.Namespace,
            Finalizers = [TriremeApi.ReplicaFinalizer, .. moreFinalizers],
        },
        Spec = new ModelReplicaSpec { Service = "tiny", Release = "r", ContentHash = "h", Model = ArtifactSource.OfFile("/models/r") },
    });
}
