using Trireme.Contracts.Storage;

namespace Trireme.Training.Commands;

/// <summary>How the trainer ends: the numbers that every command of the platform has.</summary>
internal static class TrainerExitCode
{
    /// <summary>What was asked for is done.</summary>
    public const int Done = 0;

    /// <summary>The arguments are wrong, or a file cannot be read or written.</summary>
    public const int Failed = 1;

    /// <summary>A file is not there.</summary>
    public const int Missing = 3;

    /// <summary>The manifest or another file is wrong, or is no file.</summary>
    public const int Invalid = 4;

    /// <summary>A model was written, but it is not the one that the same job made before.</summary>
    public const int NotReproduced = 9;

    /// <summary>SIGINT or SIGTERM, by the convention 128 + 2.</summary>
    public const int Cancelled = 130;

    /// <summary>What a file that cannot be used comes to.</summary>
    public static int Of(Exception exception) => exception switch
    {
        IrregularFileException or InvalidDataException => Invalid,
        FileNotFoundException or DirectoryNotFoundException => Missing,
        _ => Failed,
    };
}
