using Trireme.Contracts.Resources;
using Trireme.Inference.Generation;

namespace Trireme.Worker.Hosting;

/// <summary>A loaded language model.</summary>
internal sealed record ServedModel(IInferenceEngine Engine, WorkerIdentity Identity, DateTimeOffset LoadedAt, StartupStage Listening)
    : LoadedModel(Identity, LoadedAt, Listening)
{
    public override string? Failure => Engine.Failure;

    public override string? Kernels => Engine.Model.Kernels;

    protected override IReadOnlyList<StartupStage> EngineStartup => Engine.Startup;

    public override ValueTask DisposeAsync() => Engine.DisposeAsync();
}
