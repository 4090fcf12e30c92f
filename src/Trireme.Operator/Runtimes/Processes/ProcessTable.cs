using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Trireme.Contracts.Resources;

namespace Trireme.Operator.Runtimes.Processes;

/// <summary>
/// The kernel's view of processes. A process is always identified by its id and its start time: ids are reused, the pair is not,
/// so a signal never reaches a stranger.
/// </summary>
internal static class ProcessTable
{
    public const int Terminate = 15;
    public const int Kill = 9;

    /// <summary>Identity of a live process; null if there is none or only its unread exit code is left.</summary>
    public static ReplicaProcess? Identify(int pid) =>
        ParseStat(Read($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat")) is { } ticks
            ? new ReplicaProcess { Pid = pid, StartTicks = ticks }
            : null;

    public static bool IsAlive(ReplicaProcess process) => Identify(process.Pid) == process;

    /// <summary>Anonymous and shared memory in bytes; 0 if the process is gone.</summary>
    public static long ResidentBytes(ReplicaProcess process) =>
        ParseStatus(Read($"/proc/{process.Pid.ToString(CultureInfo.InvariantCulture)}/status"));

    /// <summary>
    /// How long the threads of a process have been ready to run without a processor, together: the second field of each thread's schedstat
    /// (Documentation/scheduler/sched-stats.rst), in nanoseconds. Null where the kernel keeps no such statistics.
    /// </summary>
    public static TimeSpan? ProcessorWait(ReplicaProcess process)
    {
        long nanoseconds = 0;
        bool isKnown = false;
        try
        {
            string threads = $"/proc/{process.Pid.ToString(CultureInfo.InvariantCulture)}/task";
            foreach (string thread in Directory.EnumerateDirectories(threads))
            {
                if (ParseProcessorWait(Read(thread + "/schedstat")) is not { } waited) continue;
                nanoseconds += waited;
                isKnown = true;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It has ended.
        }

        return isKnown ? TimeSpan.FromMicroseconds(nanoseconds / 1000) : null;
    }

    /// <summary>Sends a signal if the process still is the one meant. False if it is gone.</summary>
    public static bool Signal(ReplicaProcess process, int signal) => IsAlive(process) && SendSignal(process.Pid, signal) == 0;

    /// <summary>
    /// Whether a process works in this very folder, and not in another one that looks alike. The kernel follows a folder that was moved
    /// and knows each by one name, whatever links lead there.
    /// </summary>
    public static bool RunsIn(ReplicaProcess process, string folder)
    {
        string? home = LinkTarget($"/proc/{process.Pid.ToString(CultureInfo.InvariantCulture)}/cwd");
        return home is not null && home == RealPath(folder);
    }

    /// <summary>Whether a process has this process's user and no other, so that it could not be a stranger's.</summary>
    public static bool HasOurUser(ReplicaProcess process) =>
        UsersOf(process.Pid.ToString(CultureInfo.InvariantCulture)) is { } users && users == UsersOf("self") && IsAlive(process);

    /// <summary>
    /// The file of the program that a process runs, without links and also when another one has taken its place since, as an upgrade does;
    /// null if it cannot be told.
    /// </summary>
    public static string? ProgramOf(ReplicaProcess process)
    {
        const string Replaced = " (deleted)";
        string? program = LinkTarget($"/proc/{process.Pid.ToString(CultureInfo.InvariantCulture)}/exe");
        if (!IsAlive(process)) return null;
        return program is not null && program.EndsWith(Replaced, StringComparison.Ordinal) ? program[..^Replaced.Length] : program;
    }

    /// <summary>The arguments of a live process, its program's name first; empty if they cannot be read.</summary>
    public static IReadOnlyList<string> ArgumentsOf(ReplicaProcess process)
    {
        string[] arguments = Encoding.UTF8.GetString(CommandLine(process.Pid)).Split('\0');
        return IsAlive(process) ? arguments[..^1] : [];
    }

    /// <summary>The file that a live process's standard output goes to; null if it cannot be told.</summary>
    public static string? OutputOf(ReplicaProcess process)
    {
        string? output = LinkTarget($"/proc/{process.Pid.ToString(CultureInfo.InvariantCulture)}/fd/1");
        return IsAlive(process) ? output : null;
    }

    /// <summary>A file's path without links; null if it cannot be read.</summary>
    public static string? RealFile(string file)
    {
        try
        {
            using var opened = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return LinkTarget($"/proc/self/fd/{opened.SafeFileHandle.DangerousGetHandle()}");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Clock ticks since boot, by the clock that start times are given in; 0 if the kernel does not tell.</summary>
    public static long NowTicks() => ParseUptime(Read("/proc/uptime"));

    /// <summary>The live processes one of whose arguments is exactly this. Whose they are is for others to tell.</summary>
    public static IEnumerable<ReplicaProcess> WithArgument(string argument)
    {
        byte[] wanted = Encoding.UTF8.GetBytes('\0' + argument + '\0');
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out int pid)) continue;
            ReplicaProcess? process = Identify(pid);
            if (process is null || !CommandLine(pid).AsSpan().ContainsSequence(wanted)) continue;
            if (IsAlive(process)) yield return process;
        }
    }

    /// <summary>
    /// Field 22 of /proc/PID/stat, the start time in clock ticks since boot; null for text that is no such line and for processes
    /// in state Z or X, which have ended. The name in field 2 may hold spaces and parentheses, so fields count from the last ')'.
    /// </summary>
    internal static long? ParseStat(string? stat)
    {
        if (stat is null) return null;
        int end = stat.LastIndexOf(')');
        if (end < 0) return null;
        string[] fields = stat[(end + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);

        // Fields after the name start with number 3, the state.
        if (fields.Length < 20 || fields[0] is "Z" or "X" or "x") return null;
        return long.TryParse(fields[19], NumberStyles.None, CultureInfo.InvariantCulture, out long ticks) ? ticks : null;
    }

    /// <summary>Seconds since boot, the first field of /proc/uptime, in the ticks of processes' start times; 0 for other text.</summary>
    internal static long ParseUptime(string? uptime)
    {
        // Linux counts a hundred to the second for programs, whatever it does inside.
        const int TicksPerSecond = 100;
        string first = (uptime ?? "").Split(' ')[0];
        return double.TryParse(first, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds)
            ? (long)(seconds * TicksPerSecond)
            : 0;
    }

    /// <summary>The second of the three numbers of a schedstat; null for other text.</summary>
    internal static long? ParseProcessorWait(string? schedstat)
    {
        string[] fields = (schedstat ?? "").Split(' ');
        return fields.Length >= 2 && long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out long nanoseconds)
            ? nanoseconds
            : null;
    }

    /// <summary>The line "Uid:" of /proc/PID/status: the real, effective, saved and file system's user; null without it.</summary>
    internal static string? ParseUsers(string? status)
    {
        foreach (ReadOnlySpan<char> line in (status ?? "").AsSpan().EnumerateLines())
        {
            if (line.StartsWith("Uid:")) return line["Uid:".Length..].Trim().ToString();
        }

        return null;
    }

    /// <summary>Sum of RssAnon and RssShmem of /proc/PID/status, in bytes.</summary>
    internal static long ParseStatus(string? status)
    {
        long kibibytes = 0;
        foreach (ReadOnlySpan<char> line in (status ?? "").AsSpan().EnumerateLines())
        {
            if (!line.StartsWith("RssAnon:") && !line.StartsWith("RssShmem:")) continue;
            ReadOnlySpan<char> value = line[(line.IndexOf(':') + 1)..].Trim();
            int unit = value.IndexOf(' ');
            bool read = long.TryParse(value[..Math.Max(unit, 0)], NumberStyles.None, CultureInfo.InvariantCulture, out long amount);
            if (read) kibibytes += amount;
        }

        return kibibytes * 1024;
    }

    /// <summary>A folder's path without links, by a file in it; null if it has none that can be read.</summary>
    private static string? RealPath(string folder)
    {
        try
        {
            string? file = Directory.EnumerateFiles(folder).FirstOrDefault();
            return file is null ? null : Path.GetDirectoryName(RealFile(file));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string? UsersOf(string process) => ParseUsers(Read($"/proc/{process}/status"));

    private static string? LinkTarget(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool ContainsSequence(this Span<byte> text, byte[] wanted) => text.IndexOf(wanted) >= 0;

    private static byte[] CommandLine(int pid)
    {
        try
        {
            return File.ReadAllBytes($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/cmdline");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>A file of the kernel's; null if it cannot be read.</summary>
    public static string? Read(string path)
    {
        try
        {
            // The kernel's files have no length to announce; whole bytes are read without a stream's buffers.
            return Encoding.UTF8.GetString(File.ReadAllBytes(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // A plain import needs no unsafe code, which only the inference project may contain.
#pragma warning disable SYSLIB1054
    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int pid, int signal);
#pragma warning restore SYSLIB1054
}
