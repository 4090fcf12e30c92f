using System.Buffers;
using System.Threading.Channels;
using Trireme.Contracts.Metrics;

namespace Trireme.Hosting.Logging;

/// <summary>
/// Lines on their way to the log file. Whoever logs never waits for the disk: lines that would hold more memory than allowed are
/// dropped, counted, and mentioned in the file once there is room again.
/// </summary>
internal sealed class LogQueue : IDisposable
{
    /// <summary>Bytes written at once, give or take a line.</summary>
    private const int BatchBytes = 64 << 10;

    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(2);

    private readonly Channel<byte[]> _lines = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });
    private readonly LogFile _file;
    private readonly long _bytesMax;
    private readonly Func<long, byte[]> _droppedLine;
    private readonly Counter.Series _droppedCounter;
    private readonly Task _writing;
    private long _queuedBytes;
    private long _dropped;

    /// <param name="file">Where lines go.</param>
    /// <param name="bytesMax">Most bytes of lines that wait.</param>
    /// <param name="droppedLine">The line that says how many were dropped.</param>
    /// <param name="metrics">Counts what is dropped.</param>
    public LogQueue(LogFile file, long bytesMax, Func<long, byte[]> droppedLine, MetricRegistry metrics)
    {
        _file = file;
        _bytesMax = bytesMax;
        _droppedLine = droppedLine;
        _droppedCounter = metrics.Counter(
            "trireme_log_dropped_messages_total", "Log messages that did not reach the log file: the queue was full, or the disk.").With();
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>Takes a line if there is room for it.</summary>
    /// <param name="line">A whole line with its end.</param>
    public void Add(byte[] line)
    {
        if (Interlocked.Add(ref _queuedBytes, line.Length) > _bytesMax || !_lines.Writer.TryWrite(line))
        {
            Interlocked.Add(ref _queuedBytes, -line.Length);
            Drop(1);
        }
    }

    /// <summary>Writes what waits, within a bound, and closes the file.</summary>
    public void Dispose()
    {
        _lines.Writer.TryComplete();
        _writing.Wait(FlushTimeout);
        _file.Dispose();
    }

    private async Task WriteAsync()
    {
        var batch = new ArrayBufferWriter<byte>(BatchBytes);
        while (await _lines.Reader.WaitToReadAsync())
        {
            batch.ResetWrittenCount();
            int lines = 0;
            while (batch.WrittenCount < BatchBytes && _lines.Reader.TryRead(out byte[]? line))
            {
                batch.Write(line);
                lines++;
            }

            int bytes = batch.WrittenCount;
            long unsaid = Interlocked.Exchange(ref _dropped, 0);
            if (unsaid > 0) batch.Write(_droppedLine(unsaid));
            if (!_file.TryAppend(batch.WrittenSpan))
            {
                Interlocked.Add(ref _dropped, unsaid);
                Drop(lines);
            }

            Interlocked.Add(ref _queuedBytes, -bytes);
        }
    }

    private void Drop(int lines)
    {
        Interlocked.Add(ref _dropped, lines);
        _droppedCounter.Add(lines);
    }
}
