namespace Trireme.Operator.Tests.Simulation;

/// <summary>How the engines of a release behave when nothing disturbs them.</summary>
internal enum EngineKind
{
    Good,

    /// <summary>Ends with an error while it loads, every time.</summary>
    Broken,

    /// <summary>Starts and answers, but with errors that the judge must see.</summary>
    Worse,

    /// <summary>Is never even started, because its files are not what they were; only a deadline ends the wait for it.</summary>
    Unstartable,
}

/// <summary>What one process of an engine is going to do.</summary>
internal sealed record EngineBehaviour
{
    public TimeSpan LoadTime { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>When it ends by itself after its start; null for never.</summary>
    public TimeSpan? ExitsAfter { get; init; }

    /// <summary>How long it takes to end when asked to.</summary>
    public TimeSpan StopTime { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>How long after its first ready answer it says that it is not; zero for never.</summary>
    public TimeSpan Lapse { get; init; }
}
