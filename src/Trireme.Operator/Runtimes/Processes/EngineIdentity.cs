using Trireme.Contracts.Resources;

namespace Trireme.Operator.Runtimes.Processes;

/// <summary>
/// Tells an engine of this platform from other processes, by what only the kernel says. Arguments prove nothing: anyone can start a
/// process with any.
/// </summary>
internal static class EngineIdentity
{
    /// <summary>Why a live process is not the engine of a replica's folder, to be read after "the process"; null if it is.</summary>
    /// <param name="process">The process.</param>
    /// <param name="program">The program's file, without links; its name counts.</param>
    /// <param name="folder">The replica's folder, in which its engine works.</param>
    /// <param name="notBeforeTicks">When the engine was about to be started, in clock ticks since boot.</param>
    public static string? FindProblem(ReplicaProcess process, string? program, string folder, long notBeforeTicks)
    {
        if (!ProcessTable.HasOurUser(process)) return "belongs to another user";
        if (process.StartTicks < notBeforeTicks) return "was started before the engine was";
        string? runs = ProcessTable.ProgramOf(process);
        // Another version may lie in another folder, and its engines serve on across an upgrade.
        bool isEngine = program is not null && Path.GetFileName(runs) == Path.GetFileName(program);
        if (!isEngine) return $"runs {runs ?? "a program that cannot be told"}, not {program ?? "the engine's"}";
        return ProcessTable.RunsIn(process, folder) ? null : "runs in another folder, of which this one may be a copy";
    }
}
