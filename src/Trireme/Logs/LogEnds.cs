using System.Text;
using System.Text.RegularExpressions;
using Trireme.Contracts.Storage;
using Trireme.Operator.Runtimes.Processes;

namespace Trireme.Logs;

/// <summary>Tells whether a process has ended from its log: the platform writes down how, as the last line.</summary>
internal static partial class LogEnds
{
    private const int TailBytes = 64 << 10;

    public static bool HasEnded(ReplicaLog log)
    {
        // The reader of its lines says that they cannot be read.
        if (RegularFile.FindOther(log.File) is not null) return false;
        using var stream = RegularFile.OpenRead(log.File, bufferBytes: 4096);
        stream.Seek(-Math.Min(stream.Length, TailBytes), SeekOrigin.End);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return ExitLine().IsMatch(reader.ReadToEnd());
    }

    public static bool IsEnd(string line) => ExitLine().IsMatch(line);

    [GeneratedRegex(@"^\d{4}-[\d-]+T[\d:.]+Z exit: ", RegexOptions.Multiline)]
    private static partial Regex ExitLine();
}
