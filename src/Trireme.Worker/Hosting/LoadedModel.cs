using Trireme.Contracts.Resources;

namespace Trireme.Worker.Hosting;

/// <summary>A loaded model of any kind, what clients call it and what loading it took.</summary>
internal abstract record LoadedModel(WorkerIdentity Identity, DateTimeOffset LoadedAt) : IAsyncDisposable
{
    /// <summary>The stages of loading, then what the engine has to add.</summary>
    public abstract IReadOnlyList<StartupStage> Startup { get; }

    /// <summary>Why the engine computes nothing any more; null while it serves.</summary>
    public virtual string? Failure => null;

    /// <summary>Whether it has given its memory back and answers nothing until it is woken.</summary>
    public virtual bool IsAsleep => false;

    /// <summary>Bytes outside of the heap that it takes only as it serves.</summary>
    public virtual long ReservedBytes => 0;

    /// <summary>What computes, for people.</summary>
    public abstract string? Kernels { get; }

    /// <summary>Ends the requests that still run and gives the memory back.</summary>
    public abstract ValueTask DisposeAsync();
}
