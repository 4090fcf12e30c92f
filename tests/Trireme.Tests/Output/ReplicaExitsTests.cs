using Trireme.Contracts.Resources;
using Trireme.Output;

namespace Trireme.Tests.Output;

public sealed class ReplicaExitsTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Each_replica_that_ended_is_listed_with_reason_time_and_restarts()
    {
        using var output = new StringWriter();
        ReplicaExits.Write([Replica("tiny-b", 30), Replica("tiny-c", null), Replica("tiny-a", 90)], Now, output, 100);
        string[] lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, lines.Length);
        Assert.Equal("replica exits:", lines[0]);
        Assert.Matches("^  90s +tiny-a +1 +Crashed +SIGKILL ended it", lines[2]);
        Assert.Matches("^  30s +tiny-b +1 +Crashed", lines[3]);
    }

    [Fact]
    public void Of_many_the_newest_are_listed()
    {
        using var output = new StringWriter();
        ReplicaExits.Write([.. Enumerable.Range(1, 30).Select(i => Replica($"tiny-{i}", i))], Now, output, 100);
        string[] lines = output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("replica exits: the newest 10 of 30; \"trireme get modelreplicas -o wide\" shows all", lines[0]);
        Assert.Equal(12, lines.Length);
        Assert.Matches("^  10s +tiny-10 ", lines[2]);
        Assert.Matches("^  1s +tiny-1 ", lines[^1]);
    }

    [Fact]
    public void Where_no_engine_ended_nothing_is_said()
    {
        using var output = new StringWriter();
        ReplicaExits.Write([Replica("tiny-c", null)], Now, output, 100);
        Assert.Empty(output.ToString());
    }

    private static ModelReplica Replica(string name, int? secondsAgo) => new()
    {
        Metadata = new ObjectMeta { Name = name, Namespace = "default" },
        Spec = new ModelReplicaSpec
        {
            Service = "tiny", Release = "v1", ContentHash = "sha256:aa", Model = ArtifactSource.OfFile("/models/tiny"),
        },
        Status = new ModelReplicaStatus
        {
            Restarts = 1,
            LastTermination = secondsAgo is { } ago
                ? new ReplicaTermination { Reason = "Crashed", Message = "SIGKILL ended it", FinishedAt = Now.AddSeconds(-ago) }
                : null,
        },
    };
}
