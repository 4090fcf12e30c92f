using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Hosting;
using Trireme.Kubernetes;

namespace Trireme.Tests.Hosting;

public sealed class ServicesReadyTests
{
    /// <summary>The example is a chat, which a model of tensors does not answer.</summary>
    [Fact]
    public void The_example_is_for_the_first_service_that_chats()
    {
        ModelReplica[] replicas = [Replica("linear", EngineSpec.Onnx), Replica("tiny", EngineSpec.Trireme)];
        Assert.Equal("tiny", ServicesReady.First([Service("linear"), Service("tiny")], replicas));
        Assert.Null(ServicesReady.First([Service("linear")], replicas));
    }

    [Fact]
    public void A_service_that_does_not_answer_is_no_example() =>
        Assert.Null(ServicesReady.First([Service("tiny") with { Status = null }], [Replica("tiny", EngineSpec.Trireme)]));

    [Fact]
    public async Task A_request_that_fails_is_told_and_asked_again()
    {
        int asked = 0;
        await using WebApplication server = await ServeAsync(context =>
        {
            if (Interlocked.Increment(ref asked) <= 2) return RefuseAsync(context);
            return context.Response.WriteAsync("""{"apiVersion":"v1","kind":"List","metadata":{"resourceVersion":"1"},"items":[]}""");
        });
        var told = new List<string>();
        Assert.Empty(await WaitAsync(server, TimeSpan.FromSeconds(30), told.Add));
        Assert.Equal(2, told.Count(static line => line.StartsWith("Waiting for the API server", StringComparison.Ordinal)));
        Assert.Contains("the disk fails", told[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_the_reason_at_the_deadline()
    {
        await using WebApplication server = await ServeAsync(RefuseAsync);
        string late = Assert.Single(await WaitAsync(server, TimeSpan.FromMilliseconds(300), static _ => { }));
        Assert.StartsWith("whether they serve cannot be told: ", late, StringComparison.Ordinal);
        Assert.Contains("the disk fails", late, StringComparison.Ordinal);
        using KubernetesConnection connection = Connect(server);
        Assert.Null(await ServicesReady.FirstAsync(connection, Cancelled));
    }

    /// <summary>What the platform of before wrote may drain by now.</summary>
    [Fact]
    public async Task A_replica_counts_once_it_was_looked_at_since_the_start()
    {
        ModelReplica ready = Replica("tiny", EngineSpec.Trireme) with { Status = new ModelReplicaStatus { Phase = ReplicaPhase.Ready } };
        await using WebApplication server = await ServeAsync(context =>
            context.Request.Path.Value!.Contains("replica", StringComparison.Ordinal)
            ? AnswerAsync(context, ready)
            : AnswerAsync(context, Service("tiny")));
        int asked = 0;
        var told = new List<string>();
        Assert.Empty(await WaitAsync(server, TimeSpan.FromSeconds(30), told.Add, _ => ++asked > 2));
        Assert.Equal(["Waiting for tiny", "Waiting for tiny"], told);
    }

    private static Task AnswerAsync<T>(HttpContext context, T item)
        where T : IResource =>
        context.Response.WriteAsync(JsonSerializer.Serialize(
            new ResourceList<T> { ApiVersion = item.ApiVersion, Kind = item.Kind + "List", Items = [item] }, ResourceJson.Options));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static async Task<IReadOnlyList<string>> WaitAsync(
        WebApplication server, TimeSpan timeout, Action<string> progress, Func<ResourceKey, bool>? isSeen = null)
    {
        using KubernetesConnection connection = Connect(server);
        return await ServicesReady.WaitAsync(connection, isSeen ?? (static _ => true), timeout, progress, TimeProvider.System, Cancelled);
    }

    private static KubernetesConnection Connect(WebApplication server) =>
        KubernetesConnection.Open(new KubernetesConnectionOptions { Server = new Uri(server.Urls.First()) });

    private static async Task<WebApplication> ServeAsync(RequestDelegate answer)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.Run(answer);
        await app.StartAsync(Cancelled);
        return app;
    }

    private static Task RefuseAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        return context.Response.WriteAsync("""{"kind":"Status","reason":"InternalError","message":"the disk fails","code":500}""");
    }

    private static ModelService Service(string name) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default", Generation = 1 },
        Spec = new ModelServiceSpec { Release = "v1" },
        Status = new ModelServiceStatus
        {
            ObservedGeneration = 1,
            Traffic = [new ReleaseTraffic { Name = "v1", ContentHash = "h1", Weight = 100 }],
            Conditions =
            [
                new Condition { Type = ModelServiceConditions.Available, Status = ConditionStatus.True, Reason = "Serves", Message = "" },
            ],
        },
    };

    private static ModelReplica Replica(string service, string engine) => new()
    {
        Metadata = new ObjectMeta { Name = service + "-a", Namespace = "default" },
        Spec = new ModelReplicaSpec
        {
            Service = service,
            Release = "v1",
            ContentHash = "h1",
            Model = ArtifactSource.OfFile("/m"),
            Engine = new EngineSpec { Name = engine },
        },
    };
}
