using System.Globalization;

namespace Trireme.Operator.Runtimes.Processes;

/// <summary>
/// How many processes the kernel has killed for lack of memory since it started: "oom_kill" of /proc/vmstat. Read at most once a second,
/// however many replicas ask.
/// </summary>
internal sealed class OutOfMemoryKills(TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private long? _count;
    private long? _readAt;

    /// <summary>The count of a moment ago; null where the kernel does not tell.</summary>
    public long? Recent()
    {
        lock (_gate)
        {
            return _readAt is { } at && time.GetElapsedTime(at) < Fresh ? _count : Read();
        }
    }

    /// <summary>The count now.</summary>
    public long? Now()
    {
        lock (_gate) return Read();
    }

    /// <summary>The line "oom_kill N"; null for text without it.</summary>
    internal static long? Parse(string? vmstat)
    {
        foreach (ReadOnlySpan<char> line in (vmstat ?? "").AsSpan().EnumerateLines())
        {
            if (!line.StartsWith("oom_kill ")) continue;
            ReadOnlySpan<char> number = line["oom_kill ".Length..];
            return long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out long count) ? count : null;
        }

        return null;
    }

    private long? Read()
    {
        _readAt = time.GetTimestamp();
        return _count = Parse(ProcessTable.Read("/proc/vmstat"));
    }
}
