using System.Globalization;
using Trireme.Contracts.Serialization;

namespace Trireme.Output;

/// <summary>How many bytes of all are done, and how long the rest takes.</summary>
internal sealed class ProgressBar(ProgressLine line, TimeProvider time)
{
    private readonly long _started = time.GetTimestamp();

    /// <summary>A percentage, with a bar on a terminal.</summary>
    /// <param name="done">From 0 to 1; more counts as 1.</param>
    /// <param name="isTerminal">Whether a person looks on.</param>
    public static string Text(double done, bool isTerminal)
    {
        const int Width = 24;
        done = Math.Clamp(done, 0, 1);
        int filled = (int)(done * Width);
        string bar = isTerminal ? $"[{new string('#', filled)}{new string('.', Width - filled)}] " : "";
        return string.Create(CultureInfo.InvariantCulture, $"{bar}{done * 100:0}%");
    }

    /// <summary>Shows bytes of all bytes and the time left, when it is time to.</summary>
    public void Show(long bytes, long all)
    {
        if (bytes <= 0 || all <= 0 || !line.IsDue) return;
        TimeSpan left = time.GetElapsedTime(_started) * ((double)(all - bytes) / bytes);
        line.Show(string.Create(
            CultureInfo.InvariantCulture,
            $"{Text((double)bytes / all, line.IsTerminal)}  {Text(bytes)} of {Text(all)}, {left.TotalSeconds:0} s left"));
    }

    private static string Text(long bytes) => new ByteSize(bytes).ToRoundedText();
}
