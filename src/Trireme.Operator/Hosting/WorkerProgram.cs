using Trireme.Operator.Runtimes.Processes;

namespace Trireme.Operator;

/// <summary>
/// How an engine process is started. The program must keep its process id: a wrapper has to exec the worker, not start it.
/// </summary>
public sealed record WorkerProgram
{
    /// <summary>Program, as a full path or looked up in PATH.</summary>
    public required string FileName { get; init; }

    /// <summary>
    /// The program's file without links, as the kernel names it; null if it is not there. Where the program is a wrapper, this is to be set
    /// to what it execs.
    /// </summary>
    public string? Executable
    {
        get => field ?? ProcessTable.RealFile(FileName.Contains('/') ? FileName : FindInPath(FileName));
        init;
    }

    /// <summary>Arguments before those that describe the replica, such as "worker".</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Environment variables on top of the platform's own.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    private static string FindInPath(string name) =>
        (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists) ?? name;
}
