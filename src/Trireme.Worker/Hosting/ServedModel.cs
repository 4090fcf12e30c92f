using Trireme.Contracts.Resources;
using Trireme.Inference.Generation;
using Trireme.Inference.ToolCalls;

namespace Trireme.Worker.Hosting;

/// <summary>A loaded language model.</summary>
internal sealed record ServedModel(IInferenceEngine Engine, WorkerIdentity Identity, DateTimeOffset LoadedAt, StartupStage Listening)
    : LoadedModel(Identity, LoadedAt, Listening)
{
    /// <summary>How the model calls functions; null for one that does not.</summary>
    public ToolCallDialect? ToolCalls { get; init; }

    public override string? Failure => Engine.Failure;

    public override string? Kernels => Engine.Model.Kernels;

    protected override IReadOnlyList<StartupStage> EngineStartup => Engine.Startup;

    public override ValueTask DisposeAsync() => Engine.DisposeAsync();
}
