using System.Buffers;
using Trireme.Contracts.Metrics;

namespace Trireme.Hosting.Logging;

/// <summary>
/// Lines on their way to the log file. Whoever logs never waits for the disk: lines that would hold more memory than allowed are
/// dropped, counted, and mentioned in the file once there is room again. A thread of its own writes, so that a thread pool without
/// free threads, which is worth reading about, does not keep its messages from the file.
/// </summary>
internal sealed class LogQueue : IDisposable
{
    /// <summary>Bytes written at once, give or take a line.</summary>
    private const int BatchBytes = 64 << 10;

    /// <summary>Longest wait for the disk when the platform stops.</summary>
    private static readonly TimeSpan FlushTimeout = TimeSpan.FromSeconds(2);

    private readonly object _gate = new();
    private readonly Queue<byte[]> _lines = new();
    private readonly LogFile _file;
    private readonly long _bytesMax;
    private readonly Func<long, byte[]> _droppedLine;
    private readonly Counter.Series _droppedCounter;
    private readonly Thread _writer;
    private long _queuedBytes;
    private long _unsaid;
    private bool _closed;

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
        _writer = new Thread(Write) { IsBackground = true, Name = "Log writer" };
        _writer.Start();
    }

    /// <summary>Takes a line if there is room for it.</summary>
    /// <param name="line">A whole line with its end.</param>
    public void Add(byte[] line)
    {
        lock (_gate)
        {
            if (_closed || _queuedBytes + line.Length > _bytesMax)
            {
                Drop(1);
                return;
            }

            _queuedBytes += line.Length;
            _lines.Enqueue(line);
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Writes what waits, within a bound, and closes the file.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.Pulse(_gate);
        }

        // A disk that hangs keeps the file; the process ends without it.
        if (_writer.Join(FlushTimeout)) _file.Dispose();
    }

    private void Write()
    {
        var batch = new ArrayBufferWriter<byte>(BatchBytes);
        while (Take(batch) is { Lines: > 0 } taken)
        {
            bool written = _file.TryAppend(batch.WrittenSpan);
            lock (_gate)
            {
                _queuedBytes -= taken.Bytes;
                if (written) continue;
                _unsaid += taken.Unsaid;
                Drop(taken.Lines);
            }
        }
    }

    /// <summary>Waits for lines and gathers a batch of them; none when the queue is closed and empty.</summary>
    private (int Lines, int Bytes, long Unsaid) Take(ArrayBufferWriter<byte> batch)
    {
        batch.ResetWrittenCount();
        lock (_gate)
        {
            while (_lines.Count == 0 && !_closed) Monitor.Wait(_gate);
            int lines = 0;
            while (batch.WrittenCount < BatchBytes && _lines.TryDequeue(out byte[]? line))
            {
                batch.Write(line);
                lines++;
            }

            int bytes = batch.WrittenCount;
            long unsaid = _unsaid;
            if (unsaid > 0 && lines > 0)
            {
                batch.Write(_droppedLine(unsaid));
                _unsaid = 0;
            }

            return (lines, bytes, unsaid);
        }
    }

    private void Drop(int lines)
    {
        _unsaid += lines;
        _droppedCounter.Add(lines);
    }
}
