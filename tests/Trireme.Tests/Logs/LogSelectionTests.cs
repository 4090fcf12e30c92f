using Trireme.Dashboard.Logs;
using Trireme.Hosting;
using Trireme.Logs;
using Trireme.Testing;

namespace Trireme.Tests.Logs;

/// <summary>Which logs a name means, found in a data folder without a platform.</summary>
public sealed class LogSelectionTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private DataFolderLayout Layout => new(_folder.Path);

    [Fact]
    public void A_replica_means_its_newest_process_and_previous_the_newest_that_ended()
    {
        Write("default", "tiny-a", "tiny", exists: true, "one\n2026-01-01T00:00:00.000Z exit: Crashed: code 3\n", "two\n");
        Assert.Equal("two\n", Text(Find("tiny-a")));
        Assert.StartsWith("one", Text(Find("tiny-a", previous: true)), StringComparison.Ordinal);
        Assert.StartsWith("one", Text(Find("modelreplica/tiny-a", previous: true)), StringComparison.Ordinal);

        Write("default", "tiny-b", "tiny", exists: true, "said exit: itself\n");
        CommandException none = Assert.Throws<CommandException>(() => Find("tiny-b", previous: true));
        Assert.Equal((ExitCode.NotFound, "no process of tiny-b has ended yet"), (none.ExitCode, none.Message));
    }

    [Fact]
    public void A_service_means_its_replicas_that_exist_and_the_last_one_when_none_does()
    {
        Write("default", "tiny-a", "tiny", exists: true, "a");
        Write("default", "tiny-b", "tiny", exists: true, "b");
        Write("default", "tiny-c", "tiny", exists: false, "c");
        Write("team", "tiny-d", "tiny", exists: true, "d");
        Write("default", "gone-a", "gone", exists: false, "old");
        Write("default", "gone-b", "gone", exists: false, "new");
        File.SetLastWriteTimeUtc(_folder.File("logs", "replicas", "default", "gone-a", "00001.log"), new DateTime(2026, 1, 1));
        Assert.Equal(["tiny-a", "tiny-b"], Find("tiny").Select(log => log.Name));
        Assert.Equal(["tiny-d"], new LogSelection(Layout, "team").Find("tiny", previous: false).Select(log => log.Name));
        Assert.Equal(["gone-b"], Find("gone").Select(log => log.Name));
        Assert.Equal("c", Text(Find("tiny-c")));
    }

    [Fact]
    public void A_name_without_a_log_is_told_with_the_nearest()
    {
        Assert.Equal(ExitCode.NotFound, Assert.Throws<CommandException>(() => Find("tiny")).ExitCode);
        Write("default", "tiny-a", "tiny", exists: true, "a");
        Assert.Contains("did you mean tiny?", Assert.Throws<CommandException>(() => Find("tinny")).Message, StringComparison.Ordinal);
        Assert.Equal(["tiny", "tiny-a"], new LogSelection(Layout, "default").Names());
    }

    [Fact]
    public void A_page_reads_the_log_of_one_replica_and_nothing_outside_the_folder()
    {
        Write("default", "tiny-a", "tiny", exists: false, "one\n2026-01-01T00:00:00.000Z exit: Crashed: code 3\n", "two\n");
        Write("team", "tiny-b", "tiny", exists: true, "b\n");
        var logs = new DashboardLogs(Layout);
        IReplicaLog log = logs.Open("default", "tiny-a", previous: false);
        Assert.Equal(["two"], log.ReadLast(10));
        File.AppendAllText(_folder.File("logs", "replicas", "default", "tiny-a", "00002.log"), "three\n");
        Assert.Equal(["three"], log.ReadNew());
        Assert.StartsWith("one", logs.Open("default", "tiny-a", previous: true).ReadLast(10)[0], StringComparison.Ordinal);

        foreach (string name in (string[])["tiny", "../team/tiny-b", "..", ".", "", "tiny-b"])
        {
            Assert.Throws<IOException>(() => logs.Open("default", name, previous: false));
        }

        Assert.Throws<IOException>(() => logs.Open("../replicas/team", "tiny-b", previous: false));
        Assert.Equal(
            "no process of tiny-b has ended yet", Assert.Throws<IOException>(() => logs.Open("team", "tiny-b", previous: true)).Message);
    }

    [Fact]
    public void Who_follows_sees_a_process_that_was_started_again()
    {
        Write("default", "tiny-a", "tiny", exists: true, "one\n");
        var follower = new LogFollower(() => Find("tiny"), since: null);
        Assert.Equal([("tiny-a", "one")], follower.Begin(tail: null, toEnd: false));
        Assert.False(follower.HasSeveral);
        File.WriteAllText(_folder.File("logs", "replicas", "default", "tiny-a", "00002.log"), "two\n");
        Write("default", "tiny-b", "tiny", exists: true, "b\n");
        Assert.Equal([("tiny-a", "two"), ("tiny-b", "b")], follower.More());
        Assert.True(follower.HasSeveral);
        Assert.Empty(follower.More());
    }

    [Theory]
    [InlineData("pipe")]
    [InlineData("socket")]
    [InlineData("device")]
    public void What_is_no_file_among_the_logs_is_told_once_and_the_others_are_shown(string kind)
    {
        Write("default", "tiny-a", "tiny", exists: true, "one\n2026-01-01T00:00:00.000Z exit: Crashed: code 3\n");
        Write("default", "tiny-b", "tiny", exists: true, "b\n");
        string other = _folder.File("logs", "replicas", "default", "tiny-a", "00002.log");
        SpecialFile.Make(kind, other);
        string problem = $"trireme: skipped: {other} is {SpecialFile.Names[kind]} and not a file; "
            + "move it away, and put the file in its place where there was one.";
        var follower = new LogFollower(() => Find("tiny"), since: null);
        Assert.Equal([("tiny-a", problem), ("tiny-b", "b")], follower.Begin(tail: null, toEnd: false));
        Assert.Empty(follower.More());
        Assert.StartsWith("one", Text(Find("tiny-a", previous: true)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_platforms_log_is_read_from_its_oldest_part_on()
    {
        Assert.Equal(ExitCode.NotFound, Assert.Throws<CommandException>(() => new LogSelection(Layout, "default").Platform()).ExitCode);
        Directory.CreateDirectory(_folder.File("logs"));
        foreach (string part in (string[])["", ".1", ".2", ".10"]) File.WriteAllText(Layout.Log + part, part + "\n");
        LogSource log = new LogSelection(Layout, "default").Platform();
        Assert.Equal([".10", ".2", ".1", ""], new LogReader(log, since: null).Read(tail: null, toEnd: true));
    }

    public void Dispose() => _folder.Dispose();

    private IReadOnlyList<LogSource> Find(string target, bool previous = false) =>
        new LogSelection(Layout, "default").Find(target, previous);

    private static string Text(IReadOnlyList<LogSource> logs) => File.ReadAllText(Assert.Single(logs).Current);

    private void Write(string @namespace, string replica, string service, bool exists, params string[] processes)
    {
        string folder = _folder.File("logs", "replicas", @namespace, replica);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "replica.json"), $$"""{"service":"{{service}}"}""");
        for (int i = 0; i < processes.Length; i++) File.WriteAllText(Path.Combine(folder, $"0000{i + 1}.log"), processes[i]);
        if (exists) Directory.CreateDirectory(_folder.File("replicas", @namespace, replica));
    }
}
