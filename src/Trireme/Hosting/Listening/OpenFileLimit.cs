using System.Globalization;

namespace Trireme.Hosting.Listening;

/// <summary>The system's limit of open files for this process.</summary>
internal static class OpenFileLimit
{
    /// <summary>One entry for every file this process has open.</summary>
    public const string Folder = "/proc/self/fd";

    private const string Label = "Max open files";

    /// <summary>
    /// The soft limit, which the .NET runtime raises to the hard one when it starts; no limit where the system tells of none.
    /// </summary>
    public static long Current() => File.Exists("/proc/self/limits") ? Parse(File.ReadAllLines("/proc/self/limits")) : long.MaxValue;

    /// <summary>Reads the form of /proc/PID/limits: name, soft limit, hard limit, unit, in columns.</summary>
    internal static long Parse(IEnumerable<string> lines)
    {
        string? line = lines.FirstOrDefault(line => line.StartsWith(Label, StringComparison.Ordinal));
        string? soft = line?[Label.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out long limit) ? limit : long.MaxValue;
    }
}
