namespace Trireme.Worker;

/// <summary>How a worker process ends.</summary>
public static class WorkerExitCode
{
    /// <summary>It was asked to stop and has drained, or its drain timeout has passed.</summary>
    public const int Drained = 0;

    /// <summary>The model could not be loaded or served, the address could not be bound, or the engine failed.</summary>
    public const int Failed = 1;

    /// <summary>A second signal ended it at once; 128 + SIGINT, as shells count.</summary>
    public const int Interrupted = 130;
}
