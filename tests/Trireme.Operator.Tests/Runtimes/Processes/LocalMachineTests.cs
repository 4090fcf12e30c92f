using Trireme.Fleet.Placement;
using Trireme.Operator.Runtimes.Processes;

namespace Trireme.Operator.Tests.Runtimes.Processes;

public sealed class LocalMachineTests
{
    [Theory]
    [InlineData("MemTotal:       24000000 kB\nMemFree: 1 kB\n", 24000000L << 10)]
    [InlineData("MemFree: 1 kB\n", null)]
    [InlineData("MemTotal:\n", null)]
    [InlineData(null, null)]
    public void The_memory_of_the_machine_is_read(string? meminfo, long? bytes) =>
        Assert.Equal(bytes, LocalMachine.MemoryTotal(meminfo));

    [Theory]
    [InlineData("no group", "", null)]
    [InlineData("no limit", "0::/a/b\n", null)]
    [InlineData("a limit of its own", "0::/a/b\n", 5L, "/sys/fs/cgroup/a/b/memory.max=5\n", "/sys/fs/cgroup/a/memory.max=max\n")]
    [InlineData("a smaller limit above", "0::/a/b\n", 3L, "/sys/fs/cgroup/a/b/memory.max=5\n", "/sys/fs/cgroup/a/memory.max=3\n")]
    [InlineData("in a container", "0::/../x\n", 7L, "/sys/fs/cgroup/memory.max=7\n")]
    [InlineData("at the root of a container", "0::/\n", 7L, "/sys/fs/cgroup/memory.max=7\n")]
    [InlineData(
        "version 1", "5:memory:/a\n4:cpu,cpuacct:/b\n", 9L, "/sys/fs/cgroup/memory/a/memory.limit_in_bytes=9\n",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes=9223372036854771712\n", "/sys/fs/cgroup/memory/b/memory.limit_in_bytes=1\n")]
    public void The_smallest_limit_of_the_control_groups_counts(string name, string groups, long? limit, params string[] files)
    {
        Assert.NotEmpty(name);
        Dictionary<string, string> texts = files.Select(static file => file.Split('=', 2)).ToDictionary(f => f[0], f => f[1]);
        texts["/proc/self/cgroup"] = groups;
        Assert.Equal(limit, LocalMachine.GroupLimit(texts.GetValueOrDefault));
    }

    [Fact]
    public void The_platform_keeps_its_part_of_this_machine()
    {
        MachineCapacity all = LocalMachine.Measure(reservedBytes: 0)!;
        Assert.InRange(all.MemoryBytes, 1L << 28, 1L << 46);
        Assert.Equal(all.MemoryBytes - (1L << 20), LocalMachine.Measure(1L << 20)!.MemoryBytes);
        Assert.InRange(LocalMachine.Measure()!.ReservedBytes, 512L << 20, 2L << 30);
    }
}
