using Trireme.Hosting.Listening;
using Trireme.Settings;

namespace Trireme.Tests.Hosting;

public sealed class ListenerCapacityTests
{
    [Theory]
    [InlineData(1_048_576, 10_000, 12_000, 1000, false)]
    [InlineData(20_000, 4500, 4500, 1000, true)]
    [InlineData(1024, 211, 211, 70, true)]
    [InlineData(512, 57, 57, 19, true)]
    public void Listeners_get_what_the_control_plane_leaves(long limit, int gateway, int apiServer, int dashboard, bool warned)
    {
        ListenerCapacity capacity = ListenerCapacity.Of(limit, PlatformSettings.Default);
        Assert.Equal((gateway, apiServer, dashboard), (capacity.Gateway, capacity.ApiServer, capacity.Dashboard));
        Assert.Equal(warned, capacity.Warning is not null);
        if (warned) Assert.Contains($"{limit} open files", capacity.Warning, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_low_a_limit_ends_the_start_with_what_to_do()
    {
        CommandException exception = Assert.Throws<CommandException>(() => ListenerCapacity.Of(256, PlatformSettings.Default));
        Assert.Contains("may open 256 files", exception.Message, StringComparison.Ordinal);
        Assert.Contains("ulimit -n", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_limit_is_read_as_the_kernel_writes_it()
    {
        Assert.Equal(1024, OpenFileLimit.Parse(
            [
                "Limit                     Soft Limit           Hard Limit           Units",
                "Max open files            1024                 4096                 files",
            ]));
        Assert.Equal(long.MaxValue, OpenFileLimit.Parse(
            ["Max open files            unlimited            unlimited            files"]));
        Assert.Equal(long.MaxValue, OpenFileLimit.Parse([]));
    }
}
