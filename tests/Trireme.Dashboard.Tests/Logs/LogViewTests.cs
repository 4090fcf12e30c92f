using Trireme.Dashboard.Logs;

namespace Trireme.Dashboard.Tests.Logs;

public sealed class LogViewTests
{
    [Fact]
    public void A_log_that_grows_keeps_its_end_and_says_that_it_was_cut()
    {
        var view = new LogView();
        Assert.False(view.Add([]));
        for (int i = 0; i < 50; i++) Assert.True(view.Add(Lines(100, i)));
        Assert.True(view.IsCut);
        Assert.Equal(LogView.LinesMax, view.Pieces.Sum(piece => piece.Lines));
        Assert.EndsWith("49/99\n", view.Pieces.Last().Text, StringComparison.Ordinal);
        Assert.Equal(view.Pieces.Count, view.Pieces.Select(piece => piece.Number).Distinct().Count());
    }

    [Fact]
    public void More_lines_at_once_than_are_kept_are_cut_too()
    {
        var view = new LogView();
        view.Add(Lines(LogView.LinesMax + 5, 0));
        Assert.True(view.IsCut);
        Assert.StartsWith("0/5\n", Assert.Single(view.Pieces).Text, StringComparison.Ordinal);
    }

    private static string[] Lines(int count, int batch) => [.. Enumerable.Range(0, count).Select(i => $"{batch}/{i}")];
}
