using Trireme.Contracts.Resources;
using Trireme.Hosting;

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
