using System.Buffers.Text;
using Microsoft.Win32.SafeHandles;

namespace Trireme.Inference.Kernels;

/// <summary>
/// How long threads were ready to run and had no core, as Linux counts it: the second number of /proc/PID/task/TID/schedstat, in
/// nanoseconds (Documentation/scheduler/sched-stats.rst).
/// </summary>
internal sealed class RunDelay : IDisposable
{
    // Replaced whole: threads come at the start, and are read for every moment.
    private (int Thread, SafeFileHandle? File)[] _files = [];

    private readonly Lock _lock = new();

    /// <summary>Counts the calling thread in from now on, once.</summary>
    public void AddThisThread()
    {
        int thread = Environment.CurrentManagedThreadId;
        foreach ((int Thread, SafeFileHandle? File) known in _files)
        {
            if (known.Thread == thread) return;
        }

        lock (_lock) _files = [.. _files, (thread, Open())];
    }

    /// <summary>How long all threads have waited so far; null where the kernel does not say.</summary>
    public long? Nanoseconds()
    {
        long? sum = null;
        foreach ((_, SafeFileHandle? file) in _files)
        {
            // A thread that has ended has no file any more.
            if (file is not null && Read(file) is { } waited) sum = (sum ?? 0) + waited;
        }

        return sum;
    }

    public void Dispose()
    {
        foreach ((_, SafeFileHandle? file) in _files) file?.Dispose();
    }

    private static SafeFileHandle? Open()
    {
        try
        {
            // The link names the calling thread's folder; followed later, it would name another's.
            return new FileInfo("/proc/thread-self").LinkTarget is { } folder ? File.OpenHandle($"/proc/{folder}/schedstat") : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static long? Read(SafeFileHandle file)
    {
        try
        {
            Span<byte> text = stackalloc byte[128];
            text = text[..RandomAccess.Read(file, text, 0)];
            int space = text.IndexOf((byte)' ');
            return space >= 0 && Utf8Parser.TryParse(text[(space + 1)..], out long waited, out _) ? waited : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
