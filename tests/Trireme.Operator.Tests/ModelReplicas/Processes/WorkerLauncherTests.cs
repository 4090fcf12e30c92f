using Trireme.Contracts.Resources;
using Trireme.Kubernetes;
using Trireme.Operator.ModelReplicas.Processes;

namespace Trireme.Operator.Tests.ModelReplicas.Processes;

public sealed class WorkerLauncherTests
{
    [Theory]
    [InlineData(EngineSpec.Trireme)]
    [InlineData(EngineSpec.Onnx)]
    public void A_worker_is_started_with_the_engine_its_release_names(string engine)
    {
        var replica = new ModelReplica
        {
            Metadata = new ObjectMeta { Name = "r", Namespace = "default" },
            Spec = new ModelReplicaSpec
            {
                Service = "s", Release = "v1", ContentHash = "sha256:1", ModelPath = "/models/m", Engine = new EngineSpec { Name = engine },
            },
        };
        var launcher = new WorkerLauncher(new WorkerCommand { FileName = "trireme" }, "/run/owner.lock");
        List<string> arguments = [.. launcher.Arguments(replica, new ReplicaFolder("/run/r", new ResourceKey("default", "r")))];
        Assert.Equal(engine, arguments[arguments.IndexOf("--engine") + 1]);
        Assert.Equal("/models/m", arguments[arguments.IndexOf("--model") + 1]);
        Assert.DoesNotContain("--context", arguments);
    }
}
