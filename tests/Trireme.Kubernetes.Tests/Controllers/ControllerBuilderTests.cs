using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Testing;

namespace Trireme.Kubernetes.Tests.Controllers;

public sealed class ControllerBuilderTests : IDisposable
{
    private readonly TimeDriver _driver = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly MemoryApi _api;
    private readonly InformerSet _informers;
    private readonly ControllerFactory _controllers;
    private readonly List<ResourceKey> _reconciled = [];

    public ControllerBuilderTests()
    {
        _api = new MemoryApi(_driver.Time);
        _informers = new InformerSet(_api, NullLoggerFactory.Instance, _driver.Time);
        _controllers = new ControllerFactory(_informers, new MetricRegistry(), NullLoggerFactory.Instance, _driver.Time);
    }

    [Fact]
    public void A_change_of_the_object_of_what_it_owns_and_of_what_is_mapped_to_it_brings_its_key()
    {
        Run(_controllers.For<ModelService>()
            .Owns<ModelReplica>()
            .Watches<Release>(release => [new ResourceKey(release.Metadata.Namespace!, "mapped")])
            .Build(ReconcileAsync));

        ModelService service = _driver.Await(() => _api.Of<ModelService>().CreateAsync(Service("tiny")));
        Assert.Equal([Key("tiny")], Taken());
        _driver.Await(() => _api.Of<ModelReplica>().CreateAsync(Replica("r1", service)));
        Assert.Equal([Key("tiny")], Taken());
        _driver.Await(() => _api.Of<ModelReplica>().DeleteAsync(Key("r1")));
        Assert.Equal([Key("tiny")], Taken());
        _driver.Await(() => _api.Of<Release>().CreateAsync(Release("v1")));
        Assert.Equal([Key("mapped")], Taken());
    }

    [Fact]
    public void Objects_that_the_informers_have_shown_already_are_reconciled_too()
    {
        _driver.Await(() => _api.Of<ModelService>().CreateAsync(Service("tiny")));
        _informers.Of<ModelService>();
        _driver.Start(() => _informers.RunAsync(_stop.Token));
        _driver.Await(() => _informers.WaitForSyncAsync(_stop.Token));
        Controller<ResourceKey> controller = _controllers.For<ModelService>().Build(ReconcileAsync);
        _driver.Start(() => controller.RunAsync(_stop.Token));
        Assert.Equal([Key("tiny")], Taken());
    }

    [Fact]
    public void A_kind_is_listed_and_watched_once_however_many_read_it()
    {
        Assert.Same(_informers.Of<ModelService>(), _informers.Of<ModelService>());
    }

    [Fact]
    public void A_batch_holds_all_waiting_keys_and_a_slow_one_holds_up_neither_the_others_nor_the_next()
    {
        var batches = new List<string>();
        var slow = new TaskCompletionSource<ReconcileResult>(TaskCreationOptions.RunContinuationsAsynchronously);
        BatchController<ResourceKey> controller = _controllers.For<ModelService>().BuildForBatches(10, (keys, _) =>
        {
            batches.Add(string.Join(' ', keys.Select(key => key.Name).Order(StringComparer.Ordinal)));
            return [.. keys.Select(key => (key, (Func<Task<ReconcileResult>>)(() => key.Name == "slow" ? slow.Task : Done())))];
        });
        foreach (string name in (string[])["a", "b", "slow"]) controller.Queue.Add(Key(name));
        _driver.Start(() => controller.RunAsync(_stop.Token));
        _driver.RunUntilIdle();
        Assert.Equal(["a b slow"], batches);

        controller.Queue.Add(Key("a"));
        controller.Queue.Add(Key("slow"));
        _driver.RunUntilIdle();
        Assert.Equal(["a b slow", "a"], batches);

        slow.SetResult(ReconcileResult.Done);
        _driver.RunUntilIdle();
        Assert.Equal(["a b slow", "a", "slow"], batches);

        static Task<ReconcileResult> Done() => Task.FromResult(ReconcileResult.Done);
    }

    [Fact]
    public void A_decision_that_throws_is_made_again_after_a_pause()
    {
        int decisions = 0;
        BatchController<ResourceKey> controller = _controllers.For<ModelService>().BuildForBatches(10, (_, _) =>
            ++decisions == 1 ? throw new InvalidOperationException("a bug") : []);
        controller.Queue.Add(Key("a"));
        _driver.Start(() => controller.RunAsync(_stop.Token));
        _driver.RunUntilIdle();
        Assert.Equal(1, decisions);
        _driver.AdvanceBy(TimeSpan.FromMilliseconds(100));
        Assert.Equal(2, decisions);
        _driver.AdvanceBy(TimeSpan.FromMinutes(5));
        Assert.Equal(2, decisions);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _driver.RunUntilIdle();
        _driver.Dispose();
        _stop.Dispose();
    }

    private void Run(Controller<ResourceKey> controller)
    {
        _driver.Start(() => _informers.RunAsync(_stop.Token));
        _driver.Start(() => controller.RunAsync(_stop.Token));
        _driver.RunUntilIdle();
    }

    private Task<ReconcileResult> ReconcileAsync(ResourceKey key, CancellationToken cancellationToken)
    {
        _reconciled.Add(key);
        return Task.FromResult(ReconcileResult.Done);
    }

    private List<ResourceKey> Taken()
    {
        _driver.RunUntilIdle();
        List<ResourceKey> taken = [.. _reconciled];
        _reconciled.Clear();
        return taken;
    }

    private static ResourceKey Key(string name) => new("default", name);

    private static ModelService Service(string name) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default" },
        Spec = new ModelServiceSpec { Release = "v1" },
    };

    private static Release Release(string name) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default" },
        Spec = new ReleaseSpec { Source = new ModelSource { Path = "m" } },
    };

    private static ModelReplica Replica(string name, ModelService owner) => new()
    {
        Metadata = new ObjectMeta
        {
            Name = name,
            Namespace = "default",
            OwnerReferences =
            [
                new OwnerReference
                {
                    ApiVersion = TriremeApi.Version,
                    Kind = "ModelService",
                    Name = owner.Metadata.Name,
                    Uid = owner.Metadata.Uid!,
                    Controller = true,
                },
            ],
        },
        Spec = new ModelReplicaSpec { Service = "tiny", Release = "v1", ContentHash = "h", Model = ArtifactSource.OfFile("/m") },
    };
}
