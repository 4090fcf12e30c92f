namespace Trireme.Operator;

/// <summary>
/// How an engine process is started. The program must keep its process id: a wrapper has to exec the worker, not start it.
/// </summary>
public sealed record WorkerProgram
{
    /// <summary>Program, as a full path or looked up in PATH.</summary>
    public required string FileName { get; init; }

    /// <summary>Arguments before those that describe the replica, such as "worker".</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Environment variables on top of the platform's own.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}
