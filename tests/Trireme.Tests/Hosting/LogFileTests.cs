using System.Text;
using Trireme.Contracts.Metrics;
using Trireme.Hosting.Logging;
using Trireme.Testing;

namespace Trireme.Tests.Hosting;

public sealed class LogFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string LogPath => _folder.File("logs", "trireme.log");

    [Fact]
    public void Only_the_owner_reads_it()
    {
        using var file = new LogFile(LogPath, bytesMax: 100, filesMax: 2);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(LogPath));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(Path.GetDirectoryName(LogPath)!));
    }

    [Fact]
    public void A_full_file_is_moved_aside_and_the_oldest_goes()
    {
        using var file = new LogFile(LogPath, bytesMax: 10, filesMax: 3);
        foreach (string line in (string[])["one 1\n", "two 2\n", "three\n", "four4\n", "5\n"]) Append(file, line);
        Assert.Equal("four4\n5\n", File.ReadAllText(LogPath));
        Assert.Equal("three\n", File.ReadAllText(LogPath + ".1"));
        Assert.Equal("two 2\n", File.ReadAllText(LogPath + ".2"));
        Assert.False(File.Exists(LogPath + ".3"));
    }

    [Fact]
    public void One_file_starts_over_when_it_is_full()
    {
        using var file = new LogFile(LogPath, bytesMax: 10, filesMax: 1);
        Append(file, "one 1\n");
        Append(file, "two 2\n");
        Assert.Equal("two 2\n", File.ReadAllText(LogPath));
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(LogPath)!));
    }

    [Fact]
    public void A_line_larger_than_a_file_is_written_whole()
    {
        using var file = new LogFile(LogPath, bytesMax: 10, filesMax: 2);
        Append(file, "a\n");
        Append(file, new string('b', 50) + "\n");
        Assert.Equal(new string('b', 50) + "\n", File.ReadAllText(LogPath));
    }

    /// <summary>What a kill in the middle of a write leaves.</summary>
    [Theory]
    [InlineData("", "")]
    [InlineData("whole\n", "whole\n")]
    [InlineData("whole\nhal", "whole\n")]
    [InlineData("hal", "")]
    [InlineData("whole\n", "whole\n", 10_000)]
    [InlineData("", "", 10_000)]
    public void A_torn_line_goes_when_the_file_is_opened_again(string before, string after, int torn = 0)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(LogPath)!);
        File.WriteAllText(LogPath, before + new string('x', torn));
        using var file = new LogFile(LogPath, bytesMax: 100_000, filesMax: 2);
        Append(file, "next\n");
        Assert.Equal(after + "next\n", File.ReadAllText(LogPath));
    }

    [Fact]
    public void A_disk_that_refuses_loses_nothing_that_was_written()
    {
        using var file = new LogFile(LogPath, bytesMax: 10, filesMax: 2);
        Append(file, "one 1\n");
        Directory.CreateDirectory(Path.Combine(LogPath + ".1", "in the way"));
        Assert.False(file.TryAppend("two 2\n"u8));
        Assert.Equal("one 1\n", File.ReadAllText(LogPath));
        Directory.Delete(LogPath + ".1", recursive: true);
        Append(file, "three\n");
        Assert.Equal(("three\n", "one 1\n"), (File.ReadAllText(LogPath), File.ReadAllText(LogPath + ".1")));
    }

    [Fact]
    public void A_line_without_room_is_dropped_counted_and_mentioned()
    {
        var metrics = new MetricRegistry();
        using (LogQueue queue = Queue(metrics, bytesMax: 20, fileBytes: 1000))
        {
            queue.Add(Encoding.UTF8.GetBytes(new string('x', 30) + "\n"));
            queue.Add("fits\n"u8.ToArray());
        }

        Assert.Equal("fits\n1 dropped\n", File.ReadAllText(LogPath));
        Assert.Contains("trireme_log_dropped_messages_total 1", metrics.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_the_disk_refuses_is_counted()
    {
        var metrics = new MetricRegistry();
        Directory.CreateDirectory(Path.Combine(LogPath + ".1", "in the way"));
        File.WriteAllText(LogPath, "0123456789\n");
        using (LogQueue queue = Queue(metrics, bytesMax: 1000, fileBytes: 12)) queue.Add("refused\n"u8.ToArray());
        Assert.Contains("trireme_log_dropped_messages_total 1", metrics.ToText(), StringComparison.Ordinal);
        Assert.Equal("0123456789\n", File.ReadAllText(LogPath));
    }

    [Fact]
    public async Task Many_writers_leave_whole_lines_in_their_order()
    {
        var metrics = new MetricRegistry();
        using (LogQueue queue = Queue(metrics, bytesMax: 10 << 20, fileBytes: 1 << 20))
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(() =>
            {
                for (int i = 0; i < 500; i++) queue.Add(Encoding.UTF8.GetBytes($"{writer} {i}\n"));
            })));
        }

        ILookup<string, int> written =
            File.ReadLines(LogPath).Select(line => line.Split(' ')).ToLookup(part => part[0], part => int.Parse(part[1]));
        Assert.All(Enumerable.Range(0, 8), writer => Assert.Equal(Enumerable.Range(0, 500), written[$"{writer}"]));
    }

    public void Dispose() => _folder.Dispose();

    private static void Append(LogFile file, string line) => Assert.True(file.TryAppend(Encoding.UTF8.GetBytes(line)));

    private LogQueue Queue(MetricRegistry metrics, long bytesMax, long fileBytes) =>
        new(new LogFile(LogPath, fileBytes, filesMax: 2), bytesMax, count => Encoding.UTF8.GetBytes($"{count} dropped\n"), metrics);
}
