using System.Globalization;
using Trireme.Fleet.Placement;

namespace Trireme.Operator.Runtimes.Processes;

/// <summary>
/// What this machine has for replicas: its memory, or what control groups leave of it to the platform, since replicas are its children and
/// live in the same groups. Cores are those that affinity and the group's quota leave.
/// </summary>
public static class LocalMachine
{
    /// <summary>
    /// Kept for the platform where no setting says how much: a sixteenth, and between half a gibibyte and two. A platform with a hundred
    /// services holds about 400 MiB.
    /// </summary>
    private const long ReserveLeast = 512L << 20;

    private const long ReserveMost = 2L << 30;

    /// <param name="reservedBytes">What to keep for the platform; null for the usual part.</param>
    /// <returns>Null where the memory cannot be told.</returns>
    public static MachineCapacity? Measure(long? reservedBytes = null)
    {
        long? all = MemoryTotal(ProcessTable.Read("/proc/meminfo"));
        if (Least(all, GroupLimit(ProcessTable.Read)) is not { } memory) return null;
        long reserved = reservedBytes ?? Math.Clamp(memory / 16, ReserveLeast, ReserveMost);
        return new MachineCapacity(Math.Max(0, memory - reserved), Environment.ProcessorCount, reserved);
    }

    /// <summary>The line "MemTotal: N kB" in bytes; null for text without it.</summary>
    internal static long? MemoryTotal(string? meminfo)
    {
        foreach (ReadOnlySpan<char> line in (meminfo ?? "").AsSpan().EnumerateLines())
        {
            if (!line.StartsWith("MemTotal:")) continue;
            ReadOnlySpan<char> number = line["MemTotal:".Length..].Trim();
            number = number[..Math.Max(0, number.IndexOf(' '))];
            return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long kibibytes) ? kibibytes << 10 : null;
        }

        return null;
    }

    /// <summary>
    /// The smallest memory limit of this process' control group and of all above it: version 2's memory.max, and version 1's
    /// memory.limit_in_bytes. Null where none is set. Inside a container the group's own path may lead nowhere; its limit is at the root.
    /// </summary>
    /// <param name="read">The text of a file; null where it is not there.</param>
    internal static long? GroupLimit(Func<string, string?> read)
    {
        long? limit = null;
        foreach (string entry in (read("/proc/self/cgroup") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = entry.Split(':', 3);
            if (parts.Length != 3) continue;
            (string root, string file) = parts[1].Length == 0
                ? ("/sys/fs/cgroup", "memory.max")
                : ("/sys/fs/cgroup/memory", "memory.limit_in_bytes");
            if (parts[1].Length > 0 && !parts[1].Split(',').Contains("memory")) continue;
            for (string path = parts[2].TrimEnd('/'); ; path = path[..Math.Max(0, path.LastIndexOf('/'))])
            {
                limit = Least(limit, Limit(read($"{root}{path}/{file}")));
                if (path.Length == 0) break;
            }
        }

        return limit;
    }

    /// <summary>"max" is no limit, nor is version 1's largest number.</summary>
    private static long? Limit(string? text) =>
        long.TryParse(text?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long bytes) && bytes < 1L << 60 ? bytes : null;

    private static long? Least(long? left, long? right) =>
        left is null ? right : right is null ? left : Math.Min(left.Value, right.Value);
}
