using Trireme.Contracts.Serialization;

namespace Trireme.Output;

/// <summary>
/// Tells on standard error how far long work has come, so that standard output holds results alone: on a terminal by one line that is
/// written over, elsewhere by a plain line now and then.
/// </summary>
/// <param name="output">Where to.</param>
/// <param name="width">Columns of the terminal; null where it is none.</param>
/// <param name="time">Measures how long ago the last line was.</param>
internal sealed class ProgressLine(TextWriter output, Func<int>? width, TimeProvider time) : IDisposable
{
    /// <summary>A few times a second, as fast as people read.</summary>
    private static readonly TimeSpan OnTerminal = TimeSpan.FromMilliseconds(200);

    /// <summary>Six lines a minute tell that the work goes on, and fill no log.</summary>
    private static readonly TimeSpan InLines = TimeSpan.FromSeconds(10);

    private long _shown = time.GetTimestamp();
    private bool _isDrawn;

    public bool IsTerminal => width is not null;

    /// <summary>True when it is time to show how far the work is.</summary>
    public bool IsDue => time.GetElapsedTime(_shown) >= (IsTerminal ? OnTerminal : InLines);

    public static ProgressLine Open()
    {
        bool isTerminal = !Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        return new ProgressLine(Terminal.Error, isTerminal ? static () => Console.WindowWidth : null, TimeProvider.System);
    }

    /// <summary>Shows how far the work is.</summary>
    public void Show(string text)
    {
        _shown = time.GetTimestamp();
        if (width is null)
        {
            output.WriteLine(VisibleText.Of(text));
            return;
        }

        // A line that the terminal breaks could not be written over.
        int columns = width() is > 1 and var known ? known - 1 : TextWrap.Columns - 1;
        output.Write($"\r{Cut(VisibleText.OnOneLine(text), columns)}\e[K");
        _isDrawn = true;
    }

    /// <summary>A line that stays.</summary>
    public void Print(string text)
    {
        Dispose();
        output.WriteLine(VisibleText.Of(text));
    }

    /// <summary>Takes the line off the terminal.</summary>
    public void Dispose()
    {
        if (_isDrawn) output.Write("\r\e[K");
        _isDrawn = false;
    }

    private static string Cut(string text, int columns) => text.Length > columns ? text[..columns] : text;
}
