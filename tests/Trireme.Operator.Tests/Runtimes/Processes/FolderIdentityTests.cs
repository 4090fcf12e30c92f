using System.Diagnostics;
using Trireme.Contracts.Resources;
using Trireme.Fleet.Replicas;
using Trireme.Kubernetes;
using Trireme.Operator.Runtimes;
using Trireme.Operator.Runtimes.Processes;

namespace Trireme.Operator.Tests.Runtimes.Processes;

/// <summary>
/// An engine belongs to the folder it works in, whatever a copy of that folder says, and its end is known on a full disk too.
/// </summary>
public sealed class FolderIdentityTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_platform_on_a_copy_of_the_folder_neither_takes_over_nor_ends_the_originals_engines()
    {
        using var fixture = new RuntimeFixture();
        ModelReplica replica = fixture.Replica();
        ReplicaObservation original = await fixture.ReadyAsync(replica);
        using ProcessReplicaRuntime copy = await fixture.StartOnCopyAsync();
        Assert.Equal([ResourceKey.Of(replica)], copy.Known);

        ReplicaObservation seen = await copy.ObserveAsync(replica, Cancelled);
        Assert.Equal(ReplicaPhase.Pending, seen.Phase);
        Assert.Null(seen.Endpoint);
        Assert.Null(seen.Runtime.Process);

        // Neither the end of the object nor that of the copy's platform reaches the engine.
        await copy.StopAllAsync(Cancelled);
        Assert.True(await copy.StopAsync(ResourceKey.Of(replica), Cancelled));
        ReplicaObservation after = await fixture.Runtime.ObserveAsync(replica, Cancelled);
        Assert.Equal(original.Runtime.Process, after.Runtime.Process);
        Assert.Equal(ReplicaPhase.Ready, after.Phase);
    }

    [Fact]
    public async Task A_folder_reached_through_a_link_is_the_same_folder()
    {
        using var fixture = new RuntimeFixture();
        ReplicaObservation seen = await fixture.ReadyAsync(fixture.Replica());
        var key = new ResourceKey("default", "tiny-1");
        string folder = new ReplicaFolder(fixture.ReplicasFolder, key).Path;
        string link = fixture.ReplicasFolder + "-link";
        Directory.CreateSymbolicLink(link, folder);
        Assert.True(ProcessTable.RunsIn(seen.Runtime.Process!, folder));
        Assert.True(ProcessTable.RunsIn(seen.Runtime.Process!, link));
        Assert.False(ProcessTable.RunsIn(seen.Runtime.Process!, fixture.ModelFolder));
        Assert.False(ProcessTable.RunsIn(seen.Runtime.Process!, fixture.ReplicasFolder + "-gone"));
    }

    [Fact]
    public async Task The_end_of_an_engine_is_known_although_it_cannot_be_written_down()
    {
        using var fixture = new RuntimeFixture();
        ModelReplica replica = fixture.Replica();
        ReplicaObservation first = await fixture.ReadyAsync(replica);
        string state = Path.Combine(new ReplicaFolder(fixture.ReplicasFolder, ResourceKey.Of(replica)).Path, "state.json");
        File.Delete(state);
        Directory.CreateDirectory(state);
        Process.GetProcessById(first.Runtime.Process!.Pid).Kill();
        ReplicaObservation dead = await fixture.DriveAsync(replica, "the end is noticed", seen => seen.ExitIsNew);
        Assert.Equal(ExitReason.Killed, dead.LastExit!.Reason);
        Assert.Null(dead.Endpoint);

        // With room again the books are written and the engine starts again.
        Directory.Delete(state);
        ReplicaObservation again = await fixture.ReadyAsync(replica);
        Assert.NotEqual(first.Runtime.Process, again.Runtime.Process);
        Assert.True(File.Exists(state));
    }
}
