using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;
using Trireme.Kubernetes;
using Trireme.Operator.Runtimes;
using Trireme.Operator.Runtimes.Processes;
using Trireme.Testing;

namespace Trireme.Operator.Tests.Runtimes.Processes;

public sealed class ReplicaLogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MetricRegistry _metrics = new();

    private ReplicaLogStore Store => new(_folder.File("logs"));

    [Fact]
    public void A_log_past_its_limit_moves_aside_and_keeps_its_end()
    {
        ReplicaLogWriter writer = Writer(new ReplicaTimings { LogBytesMax = 10_000 });
        string file = writer.Begin(Replica("a"));
        File.WriteAllText(file, "first\n" + new string('x', 8000) + "\n");
        writer.Bound(file, processes: 1);
        Assert.Equal(8007, new FileInfo(file).Length);
        File.AppendAllText(file, new string('y', 8000));
        writer.Bound(file, processes: 1);
        Assert.Equal(0, new FileInfo(file).Length);
        Assert.StartsWith("first", File.ReadAllText(file + ".1"));
        File.AppendAllText(file, new string('z', 10_001));
        writer.Bound(file, processes: 1);
        Assert.Equal(10_001, new FileInfo(file + ".1").Length);
        Assert.Contains("replica_log_bytes_removed_total 16007", _metrics.ToText());
    }

    [Fact]
    public void Many_processes_share_the_bound_of_all_logs()
    {
        ReplicaLogWriter writer = Writer(new ReplicaTimings { LogsBytesMax = 2_000_000 });
        string file = writer.Begin(Replica("a"));
        File.WriteAllText(file, new string('x', 150_000));
        writer.Bound(file, processes: 5);
        Assert.Equal(150_000, new FileInfo(file).Length);
        writer.Bound(file, processes: 10);
        Assert.Equal(0, new FileInfo(file).Length);
    }

    [Fact]
    public void The_oldest_logs_go_first_and_those_that_are_written_stay()
    {
        ReplicaLogWriter writer = Writer(new ReplicaTimings { LogsBytesMax = 2500 });
        var files = new List<string>();
        for (int i = 0; i < 5; i++)
        {
            string file = writer.Begin(Replica($"replica-{i}"));
            File.WriteAllText(file, new string('x', 1000));
            File.SetLastWriteTimeUtc(file, new DateTime(2026, 1, 1 + i, 0, 0, 0, DateTimeKind.Utc));
            files.Add(file);
        }

        writer.Trim(new HashSet<string> { files[0] });
        Assert.Equal([files[0], files[4]], Store.List().Select(log => log.File));
        Assert.False(Directory.Exists(Path.GetDirectoryName(files[1])));
        Assert.Contains("replica_log_bytes_removed_total 3000", _metrics.ToText());
    }

    [Fact]
    public void A_log_tells_whose_it_is_and_files_of_other_names_are_none()
    {
        ReplicaLogWriter writer = Writer(new ReplicaTimings());
        string first = writer.Begin(Replica("a")), second = writer.Begin(Replica("a"));
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(first)!, "notes.log"), "");
        ReplicaLog[] logs = [.. Store.List("default")];
        Assert.Equal([(1, first), (2, second)], logs.Select(log => (log.Start, log.File)));
        Assert.All(logs, log => Assert.Equal(("tiny", new ResourceKey("default", "a")), (log.Service, log.Replica)));
        Assert.Empty(Store.List("other"));
        Assert.Equal(0, (int)File.GetUnixFileMode(Path.GetDirectoryName(first)!) & 0b111_111);
    }

    public void Dispose() => _folder.Dispose();

    private static ModelReplica Replica(string name) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default" },
        Spec = new ModelReplicaSpec
        {
            Service = "tiny", Release = "tiny-v1", ContentHash = "hash", Model = ArtifactSource.OfFile("/models/tiny"),
        },
    };

    private ReplicaLogWriter Writer(ReplicaTimings bounds) => new(Store, bounds, new ReplicaMetrics(_metrics), TimeProvider.System);
}
