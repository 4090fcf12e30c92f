using Trireme.Contracts.Engines;

namespace Trireme.Worker;

/// <summary>How a worker process ends.</summary>
public static class WorkerExitCode
{
    /// <summary>It was asked to stop and has drained, or its drain timeout has passed.</summary>
    public const int Drained = 0;

    /// <summary>A file could not be read, the address could not be bound, or the engine failed.</summary>
    public const int Failed = 1;

    /// <summary>
    /// A file of the model is not the one that was verified, or was changed or cut short while it was served.
    /// </summary>
    public const int ModelFileChanged = EngineExitCodes.ModelFileChanged;

    /// <summary>
    /// The model cannot be served with these options, now or later: its files are of a kind this version does not read or damaged, or it
    /// takes more memory than it is given. EX_CONFIG of sysexits.
    /// </summary>
    public const int CannotServe = 78;

    /// <summary>A second signal ended it at once; 128 + SIGINT, as shells count.</summary>
    public const int Interrupted = 130;

    /// <summary>What a code says, for people.</summary>
    public static string Meaning(int code) => code switch
    {
        Drained => "as it was asked to",
        ModelFileChanged => "because a file of its model is not what was verified",
        CannotServe => "because it cannot serve the model",
        Interrupted => "because a second signal came",
        _ => "because it failed",
    };
}
