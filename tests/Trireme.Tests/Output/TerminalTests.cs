using Trireme.Output;

namespace Trireme.Tests.Output;

/// <summary>A name or a message of somebody else does nothing to the terminal of whoever lists it.</summary>
public sealed class TerminalTests
{
    private const string Evil = "evil\e]0;pwn\a\e[2J";
    private const string Shown = "evil^[]0;pwn^G^[[2J";

    public static TheoryData<string, Func<TextWriter, Task>> Writes => new()
    {
        { "text", static writer => Sync(() => writer.Write(Evil)) },
        { "line", static writer => Sync(() => writer.WriteLine(Evil)) },
        { "characters", static writer => Sync(() => writer.Write(Evil.ToCharArray())) },
        { "one by one", static writer => Sync(() => { foreach (char c in Evil) writer.Write(c); }) },
        { "span", static writer => Sync(() => writer.Write(Evil.AsSpan())) },
        { "format", static writer => Sync(() => writer.Write("{0}", Evil)) },
        { "later text", static writer => writer.WriteAsync(Evil) },
        { "later line", static writer => writer.WriteLineAsync(Evil) },
        { "later memory", static writer => writer.WriteAsync(Evil.AsMemory()) },
        { "later memory line", static writer => writer.WriteLineAsync(Evil.AsMemory()) },
    };

    [Theory]
    [MemberData(nameof(Writes))]
    public async Task What_is_printed_shows_control_characters(string way, Func<TextWriter, Task> write)
    {
        var printed = new StringWriter();
        await using var writer = new Terminal.VisibleWriter(printed);
        await write(writer);
        Assert.True(printed.ToString().TrimEnd() == Shown, $"{way}: {printed}");
    }

    [Fact]
    public void A_cell_is_one_line_whatever_is_in_it()
    {
        var printed = new StringWriter();
        TablePrinter.PrintWithin([["NAME", "USE"], [Evil, "a\nb"]], printed, null);
        Assert.Equal($"NAME                  USE\n{Shown}   a b\n", printed.ToString());
    }

    [Fact]
    public void A_line_of_progress_draws_itself_and_nothing_of_its_text()
    {
        var drawn = new StringWriter();
        new ProgressLine(drawn, static () => 80, TimeProvider.System).Show(Evil);
        Assert.Equal($"\r{Shown}\e[K", drawn.ToString());
    }

    private static Task Sync(Action write)
    {
        write();
        return Task.CompletedTask;
    }
}
