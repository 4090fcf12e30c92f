using System.Diagnostics;
using System.Text;
using CsCheck;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;
using Trireme.Fleet.Replicas;
using Trireme.Operator.Runtimes.Processes;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Runtimes.Processes;

public sealed class ParserTests
{
    private const string Stat = "42 (a (b) c) S 1 42 42 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 987654 1 2 3";
    private const string Endpoint = """{"endpoint":"http://127.0.0.1:8080","pid":42}""";

    [Fact]
    public void The_start_time_is_found_behind_a_name_with_spaces_and_parentheses() => Assert.Equal(987654, ProcessTable.ParseStat(Stat));

    [Theory]
    [InlineData("Z")]
    [InlineData("X")]
    public void A_process_that_has_ended_is_none(string state) => Assert.Null(ProcessTable.ParseStat(Stat.Replace(") S ", $") {state} ")));

    [Fact]
    public void Only_memory_that_cannot_be_dropped_counts() =>
        Assert.Equal(
            3 * 1024, ProcessTable.ParseStatus("Name:\tx\nVmRSS:\t 900 kB\nRssAnon:\t       2 kB\nRssFile:\t 897 kB\nRssShmem:\t 1 kB\n"));

    [Fact]
    public void The_users_of_a_process_and_the_time_since_boot_are_read_as_the_kernel_writes_them()
    {
        Assert.Equal("0\t1\t2\t3", ProcessTable.ParseUsers("Name:\tUid:\nUid:\t0\t1\t2\t3\nGid:\t4\t4\t4\t4\n"));
        Assert.Null(ProcessTable.ParseUsers("Gid:\t4\t4\t4\t4\n"));
        Assert.Equal(123456, ProcessTable.ParseUptime("1234.56 99.00\n"));
        Assert.Equal(0, ProcessTable.ParseUptime("soon"));
    }

    /// <summary>Two that compute on one processor: each waits for about half of the time.</summary>
    [Fact]
    public async Task What_a_process_waits_for_a_processor_is_told_by_the_kernel()
    {
        Assert.Equal(4066322, ProcessTable.ParseProcessorWait("412554 4066322 2\n"));
        Assert.Null(ProcessTable.ParseProcessorWait("412554"));
        Assert.Null(ProcessTable.ParseProcessorWait(null));
        string[] busy = ["-c", "0", "sh", "-c", "while :; do :; done"];
        using Process one = Process.Start(new ProcessStartInfo("taskset", busy))!;
        using Process other = Process.Start(new ProcessStartInfo("taskset", busy))!;
        try
        {
            ReplicaProcess known = ProcessTable.Identify(one.Id)!;
            await Eventually.True(
                "a fifth of a second of waiting",
                TimeSpan.FromSeconds(20),
                () => Task.FromResult(ProcessTable.ProcessorWait(known) > TimeSpan.FromSeconds(0.2)),
                TestContext.Current.CancellationToken);
        }
        finally
        {
            one.Kill();
            other.Kill();
        }
    }

    [Fact]
    public void An_endpoint_is_believed_only_from_the_process_itself()
    {
        Assert.Equal("http://127.0.0.1:8080", ReplicaFolder.ParseEndpoint(Encoding.UTF8.GetBytes(Endpoint), 42));
        Assert.Null(ReplicaFolder.ParseEndpoint(Encoding.UTF8.GetBytes(Endpoint), 43));
        Assert.Null(ReplicaFolder.ParseEndpoint("""{"endpoint":"file:///etc/passwd","pid":42}"""u8, 42));
        Assert.Null(ReplicaFolder.ParseEndpoint("null"u8, 42));
    }

    [Fact]
    public void Damaged_input_is_refused_without_an_exception()
    {
        Gen.Select(Gen.Int[0, 60], Gen.Byte, Gen.Int[0, 100]).Sample(
            (at, value, length) =>
            {
                ProcessTable.ParseStat(Damage(Stat, at, value, length));
                ProcessTable.ParseStatus(Damage("RssAnon:\t 2 kB\nRssShmem:\t 1 kB\n", at, value, length));
                ProcessTable.ParseUsers(Damage("Uid:\t0\t0\t0\t0\n", at, value, length));
                ProcessTable.ParseUptime(Damage("1234.56 99.00\n", at, value, length));
                ProcessTable.ParseProcessorWait(Damage("412554 4066322 2\n", at, value, length));
                ReplicaFolder.ParseEndpoint(Encoding.Latin1.GetBytes(Damage(Endpoint, at, value, length)), 42);
            },
            iter: 20_000);
    }

    [Fact]
    public void A_damaged_state_file_counts_as_none()
    {
        using var folder = new TemporaryFolder();
        var files = new ReplicaFolder(folder.Path, new ResourceKey("a", "b"));
        files.WriteRecord(new ReplicaRecord { Uid = "u", Restarts = 3 });
        Assert.Equal(3, files.ReadRecord()!.Restarts);
        File.WriteAllText(folder.File("a", "b", "state.json"), "{\"uid\":");
        Assert.Null(files.ReadRecord());
    }

    [Fact]
    public void A_refusal_is_one_bounded_line()
    {
        using var folder = new TemporaryFolder();
        var files = new ReplicaFolder(folder.Path, new ResourceKey("a", "b"));
        Assert.Null(files.ReadRefusal());
        files.PrepareStart();
        Assert.Null(files.ReadRefusal());
        File.WriteAllText(files.RefusalFile, "It is\ndamaged.\n");
        Assert.Equal("It is damaged.", files.ReadRefusal());
        File.WriteAllText(files.RefusalFile, new string('x', 5000));
        Assert.Equal(801, files.ReadRefusal()!.Length);
        files.PrepareStart();
        Assert.Null(files.ReadRefusal());
    }

    [Theory]
    [InlineData("pgmajfault 5\noom_kill 3\nnuma_hit 7\n", 3L)]
    [InlineData("oom_kill 0", 0L)]
    [InlineData("oom_kill_task 3\n", null)]
    [InlineData("oom_kill x\n", null)]
    [InlineData(null, null)]
    public void The_kernels_count_of_kills_is_found_where_it_tells(string? vmstat, long? count) =>
        Assert.Equal(count, OutOfMemoryKills.Parse(vmstat));

    private static string Damage(string text, int at, byte value, int length)
    {
        char[] characters = text.ToCharArray();
        characters[at % characters.Length] = (char)value;
        return new string(characters)[..Math.Min(length, characters.Length)];
    }
}
