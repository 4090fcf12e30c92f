using System.Globalization;

namespace Trireme.Output;

/// <summary>How far long work has come, on one line that is written over.</summary>
internal sealed class ProgressBar(TextWriter terminal, TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    private readonly long _started = time.GetTimestamp();
    private TimeSpan _shown = -Interval;

    /// <summary>A bar and a percentage.</summary>
    /// <param name="done">From 0 to 1; more counts as 1.</param>
    public static string Text(double done)
    {
        const int Width = 24;
        done = Math.Clamp(done, 0, 1);
        int filled = (int)(done * Width);
        return string.Create(CultureInfo.InvariantCulture, $"[{new string('#', filled)}{new string('.', Width - filled)}] {done:P0}");
    }

    /// <summary>Shows bytes of all bytes and the time left, a few times a second at most.</summary>
    public void Show(long bytes, long all)
    {
        TimeSpan elapsed = time.GetElapsedTime(_started);
        if (elapsed - _shown < Interval || bytes == 0) return;
        _shown = elapsed;
        TimeSpan left = elapsed * ((double)(all - bytes) / bytes);
        terminal.Write(string.Create(
            CultureInfo.InvariantCulture,
            $"\r{Text((double)bytes / all)}  {bytes >> 20} of {all >> 20} MiB, {left.TotalSeconds:0} s left\u001b[K"));
    }

    public void Clear() => terminal.Write("\r\u001b[K");
}
