using Trireme.Contracts.Resources;
using Trireme.Fleet.Services;

namespace Trireme.Fleet.Tests.Services;

public sealed class ChatServicesTests
{
    [Theory]
    [InlineData("tiny", "default", EngineSpec.Onnx, false)]
    [InlineData("tiny", "default", EngineSpec.Trireme, true)]
    [InlineData("tiny", "default", "of-a-later-version", true)]
    [InlineData("other", "default", EngineSpec.Onnx, true)]
    [InlineData("tiny", "team", EngineSpec.Onnx, true)]
    public void A_service_chats_unless_its_own_engine_has_no_chat(string service, string @namespace, string engine, bool expected)
    {
        ModelReplica chats = Replica("tiny", "default", EngineSpec.Trireme);
        Assert.Equal(expected, ChatServices.MayChat(Tiny, [chats, Replica(service, @namespace, engine)]));
        Assert.True(ChatServices.MayChat(Tiny, []));
    }

    private static ModelService Tiny { get; } = new()
    {
        Metadata = new ObjectMeta { Name = "tiny", Namespace = "default" },
        Spec = new ModelServiceSpec { Release = "tiny-v1" },
    };

    private static ModelReplica Replica(string service, string @namespace, string engine) => new()
    {
        Metadata = new ObjectMeta { Name = "r", Namespace = @namespace },
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
