using Trireme.Contracts.Resources;
using Trireme.Inference.Generation;
using Trireme.Inference.Reasoning;
using Trireme.Inference.ToolCalls;
using Trireme.Worker.Http;

namespace Trireme.Worker.Hosting;

/// <summary>A loaded language model.</summary>
internal sealed record ServedModel(IInferenceEngine Engine, WorkerIdentity Identity, DateTimeOffset LoadedAt)
    : LoadedModel(Identity, LoadedAt)
{
    /// <summary>How the model calls functions; null for one that does not.</summary>
    public ToolCallDialect? ToolCalls { get; init; }

    /// <summary>Requests may bring a chat template of their own.</summary>
    public bool TrustsRequestTemplates { get; init; }

    /// <summary>How calls are written that the answer is held to; null without a chat template.</summary>
    public ToolCallDialect? ForcedToolCalls { get; init; }

    /// <summary>How the model's thinking is told from its answer.</summary>
    public ReasoningMarks Reasoning { get; } = new(Engine.Tokenizer);

    public override string? Failure => Engine.Failure;

    public override bool IsAsleep => Engine.SleepLevel != SleepLevel.Awake;

    public override long ReservedBytes => Engine.KvCacheBytes;

    public override string? Kernels => Engine.Model.Kernels;

    public override IReadOnlyList<StartupStage> Startup => Engine.Startup;

    /// <summary>The error for a name that is neither the model's nor an adapter's; a request may also name nothing.</summary>
    public WorkerError? FindNameProblem(string? asked) =>
        asked is not { Length: > 0 } || asked == Identity.ModelName || Engine.Adapters?.Find(asked) is not null
            ? null
            : WorkerError.ModelNotFound(asked, Identity.ModelName);

    /// <summary>The adapter that a known name means; null for the model alone.</summary>
    public string? AdapterOf(string? asked) => asked is { Length: > 0 } && asked != Identity.ModelName ? asked : null;

    public override ValueTask DisposeAsync() => Engine.DisposeAsync();
}
