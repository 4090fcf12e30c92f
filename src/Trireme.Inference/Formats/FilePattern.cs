using System.Globalization;
using System.Text.RegularExpressions;

namespace Trireme.Inference.Formats;

/// <summary>
/// Regular expressions from model files, which run on text from anywhere. Most run in time linear in the text. Those with look-arounds or
/// back-references need a matcher that goes back. Its clock is that on the wall, so that a busy machine makes it give up early: it is
/// asked again until it has had its time on a processor.
/// </summary>
internal static class FilePattern
{
    /// <summary>For one match. Real patterns match a word within microseconds.</summary>
    public static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(1);

    /// <summary>What matches an expression. Throws <see cref="ArgumentException"/> for one that is malformed.</summary>
    public static Regex Read(string expression)
    {
        try
        {
            return new Regex(expression, RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);
        }
        catch (NotSupportedException)
        {
            return new Regex(expression, RegexOptions.CultureInvariant | RegexOptions.Compiled, TimeMax);
        }
    }

    /// <summary>Whether the expression matches. Throws <see cref="RegexMatchTimeoutException"/> when it had its time.</summary>
    public static bool IsMatch(Regex expression, string text)
    {
        var patience = new Patience();
        while (true)
        {
            try
            {
                return expression.IsMatch(text);
            }
            catch (RegexMatchTimeoutException) when (!patience.IsOver())
            {
                // Other programs had the processor.
            }
        }
    }

    /// <summary>How long a matcher that gave up is asked again.</summary>
    public struct Patience
    {
        private TimeSpan? _since;

        /// <summary>Whether the calling thread has computed for long enough since the first time this was asked.</summary>
        public bool IsOver()
        {
            if (ProcessorTime() is not { } now) return true;
            _since ??= now;
            // The time it gave up for the first time is not in it, and the one it was preempted in is.
            return now - _since.Value >= TimeMax / 2;
        }

        /// <summary>The scheduler's first number: nanoseconds on a processor (proc(5)); null where there is none.</summary>
        private static TimeSpan? ProcessorTime()
        {
            try
            {
                string statistics = File.ReadAllText("/proc/thread-self/schedstat");
                string first = statistics[..statistics.IndexOf(' ', StringComparison.Ordinal)];
                return TimeSpan.FromMicroseconds(long.Parse(first, CultureInfo.InvariantCulture) / 1e3);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return null;
            }
        }
    }
}
