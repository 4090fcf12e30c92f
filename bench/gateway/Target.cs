using System.Globalization;

namespace Trireme.Gateway.Benchmarks;

/// <summary>What is measured: where it listens, the process whose time counts, and the key it asks for.</summary>
/// <param name="Name">In the results.</param>
/// <param name="Address">Of its listener.</param>
/// <param name="Pid">Of its first process; 0 for none.</param>
/// <param name="Key">What it asks for; empty for nothing.</param>
internal sealed record Target(string Name, Uri Address, int Pid, string Key)
{
    // The kernel counts in hundredths of a second on every Linux that .NET runs on.
    private const int MicrosecondsPerTick = 10_000;

    public static Target Parse(string text)
    {
        string[] parts = text.Split('=');
        int pid = int.Parse(parts[2], CultureInfo.InvariantCulture);
        return new Target(parts[0], new Uri(parts[1]), pid, parts.ElementAtOrDefault(3) ?? "");
    }

    /// <summary>Processor time of the process and of its children so far.</summary>
    public long Microseconds => Pid == 0 ? 0 : Family().Sum(Ticks) * MicrosecondsPerTick;

    private IEnumerable<int> Family()
    {
        string children = File.ReadAllText($"/proc/{Pid}/task/{Pid}/children");
        return children.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(child => int.Parse(child, CultureInfo.InvariantCulture)).Prepend(Pid);
    }

    private static long Ticks(int pid)
    {
        string text = File.ReadAllText($"/proc/{pid}/stat");
        string[] fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
    }
}
