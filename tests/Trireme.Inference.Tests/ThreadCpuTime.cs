using System.Globalization;

namespace Trireme.Inference.Tests;

/// <summary>What the current thread has computed so far, which other work on the machine does not change as it does elapsed time.</summary>
internal static class ThreadCpuTime
{
    /// <summary>The first number of the scheduler's statistics: nanoseconds on a processor (proc(5)).</summary>
    public static TimeSpan Now =>
        TimeSpan.FromMicroseconds(
            long.Parse(File.ReadAllText("/proc/thread-self/schedstat").Split(' ')[0], CultureInfo.InvariantCulture) / 1e3);
}
