using Trireme.Contracts.Resources;
using Trireme.Inference.Generation;
using Trireme.Inference.ToolCalls;

namespace Trireme.Worker.Hosting;

/// <summary>A loaded model, what clients call it and what its start took.</summary>
internal sealed record ServedModel(IInferenceEngine Engine, WorkerIdentity Identity, DateTimeOffset LoadedAt, StartupStage Listening)
{
    /// <summary>How the model calls functions; null for one that does not.</summary>
    public ToolCallDialect? ToolCalls { get; init; }

    /// <summary>The stages of the start, then those of the last waking.</summary>
    public IReadOnlyList<StartupStage> Startup => [Listening, .. Engine.Startup];
}
