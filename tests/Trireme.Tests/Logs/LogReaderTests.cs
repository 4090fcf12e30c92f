using Trireme.Logs;
using Trireme.Testing;

namespace Trireme.Tests.Logs;

public sealed class LogReaderTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Current => _folder.File("00001.log");

    private string Aside => Current + ".1";

    [Fact]
    public void Lines_come_whole_from_both_files_and_the_last_need_no_end()
    {
        File.WriteAllText(Aside, "one\n\ntwo\n");
        File.WriteAllText(Current, "thr\u00e9e\r\nfour");
        Assert.Equal(["one", "", "two", "thr\u00e9e", "four"], Reader().Read(tail: null, toEnd: true));
        Assert.Equal(["thr\u00e9e", "four"], Reader().Read(tail: 2, toEnd: true));
        Assert.Empty(Reader().Read(tail: 0, toEnd: true));
    }

    [Fact]
    public void A_follower_sees_each_line_once_and_a_half_one_when_it_is_whole()
    {
        File.WriteAllText(Current, "one\ntw");
        LogReader reader = Reader();
        Assert.Equal(["one"], reader.Read(tail: null, toEnd: false));
        Assert.Empty(reader.ReadNew());
        File.AppendAllText(Current, "o\nthree\n");
        Assert.Equal(["two", "three"], reader.ReadNew());
        Assert.Empty(reader.ReadNew());
    }

    [Fact]
    public void A_follower_loses_nothing_when_a_file_is_moved_aside()
    {
        File.WriteAllText(Current, "one\n");
        LogReader reader = Reader();
        Assert.Equal(["one"], reader.Read(tail: null, toEnd: false));
        File.AppendAllText(Current, "two\n");
        File.Copy(Current, Aside);
        File.WriteAllText(Current, "3\n");
        Assert.Equal(["two", "3"], reader.ReadNew());
    }

    [Fact]
    public void Lines_without_a_time_are_as_old_as_the_line_before_them()
    {
        File.WriteAllText(
            Current,
            "2026-01-01T00:00:00.000Z old\n  at Old\n2026-01-01T00:10:00.000Z new\n  at New\n"
            + "{\"time\":\"2026-01-01T00:01:00.000Z\",\"message\":\"old\"}\n");
        var reader = new LogReader(new LogSource("", [Current]), new DateTimeOffset(2026, 1, 1, 0, 5, 0, TimeSpan.Zero));
        Assert.Equal(["2026-01-01T00:10:00.000Z new", "  at New"], reader.Read(tail: null, toEnd: true));
    }

    [Fact]
    public void A_line_longer_than_a_megabyte_comes_in_parts_and_nothing_steers_the_terminal()
    {
        File.WriteAllText(Current, new string('x', 3 << 20) + "\n\u001b[2Jgone\tfar\n");
        string[] lines = [.. Reader().Read(tail: null, toEnd: true)];
        Assert.Equal("?[2Jgone\tfar", lines[^1]);
        Assert.Equal(3 << 20, lines[..^1].Sum(line => line.Length));
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 2 << 20));
    }

    [Theory]
    [InlineData("""{"time":"T","level":"error","category":"C","message":"M","exception":"E"}""", "T error C M\nE")]
    [InlineData("""{"time":"T","level":"warning","category":"C","message":"M"}""", "T warning C M")]
    [InlineData("{broken", "{broken")]
    [InlineData("{\"message\":{}}", "{\"message\":{}}")]
    [InlineData("plain", "plain")]
    public void A_line_of_json_is_shown_as_text(string line, string shown) => Assert.Equal(shown, LogTimes.ToText(line));

    public void Dispose() => _folder.Dispose();

    private LogReader Reader() => new(new LogSource("a", [Aside, Current]), since: null);
}
