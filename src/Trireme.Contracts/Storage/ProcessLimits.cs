using System.Globalization;

namespace Trireme.Contracts.Storage;

/// <summary>What the system lets this process have.</summary>
public static class ProcessLimits
{
    private const string Source = "/proc/self/limits";

    /// <summary>The soft limit; none where the system tells of none.</summary>
    /// <param name="name">As /proc/PID/limits has it.</param>
    public static long Soft(string name) => File.Exists(Source) ? Soft(name, File.ReadAllLines(Source)) : long.MaxValue;

    /// <summary>Reads the form of /proc/PID/limits: name, soft limit, hard limit, unit, in columns.</summary>
    /// <param name="name">The limit.</param>
    /// <param name="lines">The file's.</param>
    public static long Soft(string name, IEnumerable<string> lines)
    {
        ArgumentNullException.ThrowIfNull(name);
        string? line = lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        string? soft = line?[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out long limit) ? limit : long.MaxValue;
    }
}
