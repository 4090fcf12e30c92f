using System.Globalization;

namespace Trireme.Hosting;

/// <summary>A process by its id and its start time: ids are used again, the pair is not while the machine runs.</summary>
/// <param name="Pid">Its id.</param>
/// <param name="StartTicks">Its start in clock ticks since the machine's, field 22 of /proc/PID/stat.</param>
internal sealed record ProcessStamp(int Pid, long StartTicks)
{
    /// <summary>This process.</summary>
    public static ProcessStamp Own { get; } = Of(Environment.ProcessId)
        ?? throw new PlatformNotSupportedException("/proc does not tell of this process; Trireme runs on Linux");

    /// <summary>Whether it lives.</summary>
    public bool IsAlive() => Of(Pid) == this;

    private static ProcessStamp? Of(int pid)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/stat");

            // The name in field 2 may hold anything, so fields count from its end; the first behind it is the state.
            string[] fields = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            bool hasEnded = fields[0] is "Z" or "X";
            return hasEnded ? null : new ProcessStamp(pid, long.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
