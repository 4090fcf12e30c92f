using Trireme.Contracts.Resources;
using Trireme.Worker.Hosting;

namespace Trireme.Worker.Onnx;

/// <summary>A loaded ONNX model and the queue before it.</summary>
internal sealed record OnnxServedModel(
    OnnxModel Model, InferenceQueue Queue, StartupStage Loading, WorkerIdentity Identity, DateTimeOffset LoadedAt)
    : LoadedModel(Identity, LoadedAt)
{
    public override string? Kernels => $"onnxruntime {OnnxModel.RuntimeVersion}";

    public override IReadOnlyList<StartupStage> Startup => [Loading];

    public override async ValueTask DisposeAsync()
    {
        await Queue.DisposeAsync();
        Model.Dispose();
    }
}
