using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Fleet.Replicas;
using Trireme.Operator.Runtimes;
using Trireme.Operator.Runtimes.Processes;

namespace Trireme.Operator.Tests.Runtimes.Processes;

/// <summary>
/// Those with real groups need Linux with control groups of version 2, and a group named "platform" around this process:
/// mkdir -p /sys/fs/cgroup/t/platform and echo $$ into its cgroup.procs, as root.
/// </summary>
public sealed class ControlGroupTests
{
    [Theory]
    [InlineData("0::/system.slice/trireme.service/platform\n", "/system.slice/trireme.service")]
    [InlineData("4:memory:/a/platform\n0::/b/platform\n", "/b")]
    [InlineData("0::/platform\n", null)]
    [InlineData("0::/user.slice/session-1.scope\n", null)]
    [InlineData("0::/a/notplatform\n", null)]
    [InlineData("0::/a/platform/deeper\n", null)]
    [InlineData("4:memory:/a/platform\n", null)]
    [InlineData("0::/\n", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void Only_a_group_of_the_agreed_name_was_handed_over(string? groups, string? parent) =>
        Assert.Equal(parent, ControlGroups.DelegatedGroup(groups));

    [Fact]
    public async Task The_kernel_ends_an_engine_at_its_limit_and_its_group_goes_with_its_replica()
    {
        ControlGroups? groups = ControlGroups.Open();
        Assert.SkipUnless(groups is not null, "No control group was handed to the tests.");
        using var fixture = new RuntimeFixture(timings => timings with { RuntimeMemoryBytes = 0 });
        ModelReplica replica = fixture.Replica();
        replica = replica with { Spec = replica.Spec with { Resources = replica.Spec.Resources with { Memory = new ByteSize(8 << 20) } } };
        ReplicaObservation seen = await fixture.DriveAsync(replica, "the engine is killed", seen => seen.ExitIsNew);
        Assert.Equal((ExitReason.MemoryLimitExceeded, 137), (seen.LastExit!.Reason, seen.LastExit.Code));
        await fixture.StoppedAsync(replica);
        Assert.False(File.Exists(groups.Of(Kubernetes.ResourceKey.Of(replica)).ProcessesFile));
    }

    [Fact]
    public async Task An_engine_is_in_its_group_and_a_platform_that_starts_again_leaves_it_there()
    {
        ControlGroups? groups = ControlGroups.Open();
        Assert.SkipUnless(groups is not null, "No control group was handed to the tests.");
        using var fixture = new RuntimeFixture();
        ModelReplica replica = fixture.Replica();
        ReplicaObservation ready = await fixture.ReadyAsync(replica);
        string processes = groups.Of(Kubernetes.ResourceKey.Of(replica)).ProcessesFile;
        Assert.Contains($"{ready.Runtime!.Process!.Pid}", await File.ReadAllTextAsync(processes, TestContext.Current.CancellationToken));
        await fixture.RestartPlatformAsync();
        Assert.Contains($"{ready.Runtime.Process.Pid}", await File.ReadAllTextAsync(processes, TestContext.Current.CancellationToken));
        await fixture.StoppedAsync(replica);
        Assert.False(File.Exists(processes));
    }
}
