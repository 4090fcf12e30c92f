namespace Trireme.Training.Commands;

/// <summary>How the trainer ends.</summary>
internal static class TrainerExitCode
{
    /// <summary>What was asked for is done.</summary>
    public const int Done = 0;

    /// <summary>The arguments or the manifest are wrong, or a file cannot be read or written.</summary>
    public const int Failed = 1;

    /// <summary>A model was written, but it is not the one that the same job made before.</summary>
    public const int NotReproduced = 3;

    /// <summary>SIGINT or SIGTERM, by the convention 128 + 2.</summary>
    public const int Cancelled = 130;
}
