using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Output;

/// <summary>
/// Shows a rollout while it is followed: on a terminal as one view that is drawn over itself, elsewhere as a plain line for each change.
/// </summary>
internal sealed class RolloutDisplay(TextWriter output, Func<int>? width)
{
    private int _drawn;
    private string? _shown;

    /// <summary>True if the last view is left standing, so that nothing needs to be printed after it.</summary>
    public bool IsRedrawn => width is not null;

    /// <param name="isText">False where standard output is for a machine to read.</param>
    public static RolloutDisplay Open(bool isText)
    {
        bool isTerminal = isText && !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");
        return isTerminal ? new RolloutDisplay(Terminal.Out, static () => Console.WindowWidth) : new RolloutDisplay(Console.Error, null);
    }

    public void Show(ModelService service)
    {
        if (width is null) Tell(service);
        else Draw(service, width());
    }

    private void Tell(ModelService service)
    {
        string line = RolloutPrinter.Line(service);
        if (line == _shown) return;
        _shown = line;
        output.WriteLine(line);
    }

    private void Draw(ModelService service, int columns)
    {
        IReadOnlyList<string> lines = RolloutPrinter.View(service, columns is > 20 and < 160 ? columns : TextWrap.Columns);
        string view = string.Join('\n', lines);
        if (view == _shown) return;
        _shown = view;

        // Back to the first line of the last view, and clear from there to the end of the screen.
        if (_drawn > 0) output.Write($"\e[{_drawn}A\r\e[J");
        output.WriteLine(VisibleText.Of(view));
        _drawn = lines.Count;
    }
}
