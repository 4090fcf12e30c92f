using Trireme.Contracts.Resources;
using Trireme.Worker.Hosting;

namespace Trireme.Worker.Onnx;

/// <summary>A loaded ONNX model and the queue before it.</summary>
internal sealed record OnnxServedModel(
    OnnxModel Model, InferenceQueue Queue, StartupStage Loading, WorkerIdentity Identity, DateTimeOffset LoadedAt, StartupStage Listening)
    : LoadedModel(Identity, LoadedAt, Listening)
{
    public override string? Kernels => $"onnxruntime {OnnxModel.RuntimeVersion}";

    protected override IReadOnlyList<StartupStage> EngineStartup => [Loading];

    public override async ValueTask DisposeAsync()
    {
        await Queue.DisposeAsync();
        Model.Dispose();
    }
}
