using System.Text;
using System.Text.RegularExpressions;
using Trireme.Contracts.Storage;
using Trireme.Operator.Runtimes.Processes;

namespace Trireme.Logs;

/// <summary>Reads the lines of a log from its files, now and, when followed, as they come.</summary>
/// <param name="source">The log.</param>
/// <param name="since">Lines written before are left out; those without a time go with the line before them.</param>
internal sealed partial class LogReader(LogSource source, DateTimeOffset? since)
{
    private const int BlockBytes = 64 << 10;

    /// <summary>A longer line is shown in parts.</summary>
    private const int LineBytesMax = 1 << 20;

    private readonly HashSet<string> _skipped = [];
    private bool _isRecent = since is null;
    private long _offset;

    public string Name => source.Name;

    public string Current => source.Current;

    /// <summary>True once a file was passed over, because it is none.</summary>
    public bool HasSkipped => _skipped.Count > 0;

    /// <summary>The lines that are there, at most the last of them.</summary>
    /// <param name="tail">How many of the last; null for all.</param>
    /// <param name="toEnd">Whether a last line without its end is one: nobody waits for the rest.</param>
    public IEnumerable<string> Read(int? tail, bool toEnd)
    {
        IEnumerable<string> lines = source.Files.SelectMany(file => Take(file, 0, toEnd || file != source.Current));
        return tail is { } count ? Last(lines, count) : lines;
    }

    /// <summary>Whole lines that were written since. A file that has shrunk was moved aside: its end is read there.</summary>
    public IEnumerable<string> ReadNew()
    {
        long length = File.Exists(source.Current) ? new FileInfo(source.Current).Length : 0;
        if (length < _offset)
        {
            foreach (string line in Take(source.Current + ReplicaLogStore.AsideSuffix, _offset, toEnd: true)) yield return line;
            _offset = 0;
        }

        foreach (string line in Take(source.Current, _offset, toEnd: false)) yield return line;
    }

    private IEnumerable<string> Take(string file, long from, bool toEnd)
    {
        if (!Path.Exists(file)) yield break;
        if (RegularFile.FindOther(file) is { } problem)
        {
            // Once, however often a follower looks again; the lines of the other files and replicas come all the same.
            if (_skipped.Add(file)) yield return $"trireme: skipped: {problem}";
            yield break;
        }

        using var stream = RegularFile.OpenRead(file, bufferBytes: 4096);
        long at = stream.Position = Math.Min(from, stream.Length);
        byte[] buffer = new byte[BlockBytes];
        int filled = 0;
        for (int read; (read = stream.Read(buffer, filled, buffer.Length - filled)) > 0;)
        {
            filled += read;
            int start = 0;
            for (int end; (end = Array.IndexOf(buffer, (byte)'\n', start, filled - start)) >= 0; start = end + 1)
            {
                string line = Text(buffer, start, end - start);
                if (IsRecent(line)) yield return line;
            }

            if (start == 0 && filled >= LineBytesMax)
            {
                yield return Text(buffer, 0, filled);
                start = filled;
            }

            filled -= start;
            at += start;
            Array.Copy(buffer, start, buffer, 0, filled);
            if (filled == buffer.Length) Array.Resize(ref buffer, 2 * buffer.Length);
        }

        string rest = Text(buffer, 0, filled);
        if (toEnd && filled > 0 && IsRecent(rest)) yield return rest;
        _offset = toEnd ? at + filled : at;
    }

    /// <summary>Control characters, which would steer the terminal, are shown as question marks.</summary>
    private static string Text(byte[] bytes, int start, int length) =>
        Control().Replace(Encoding.UTF8.GetString(bytes, start, length).TrimEnd('\r'), "?");

    private bool IsRecent(string line)
    {
        if (since is not null && LogTimes.Of(line) is { } time) _isRecent = time >= since;
        return _isRecent;
    }

    [GeneratedRegex(@"[\p{Cc}-[\t]]")]
    private static partial Regex Control();

    private static Queue<string> Last(IEnumerable<string> lines, int count)
    {
        var last = new Queue<string>();
        foreach (string line in lines)
        {
            last.Enqueue(line);
            if (last.Count > count) last.Dequeue();
        }

        return last;
    }
}
