using Trireme.Hosting.Listening;
using Trireme.Settings;

namespace Trireme.Tests.Hosting;

public sealed class ListenerCapacityTests
{
    [Theory]
    [InlineData(1_048_576, 340, 10_000, 12_000, 1000, false)]
    [InlineData(20_000, 340, 5283, 5283, 1000, true)]
    [InlineData(1024, 340, 166, 166, 55, true)]
    [InlineData(1024, 700, 58, 58, 19, true)]
    [InlineData(512, 340, 22, 22, 7, true)]
    [InlineData(1024, 1000, 4, 4, 4, true)]
    public void Listeners_get_what_the_control_plane_leaves(
        long limit, long others, int gateway, int apiServer, int dashboard, bool warned)
    {
        ListenerCapacity capacity = ListenerCapacity.Of(limit, others, PlatformSettings.Default);
        Assert.Equal((gateway, apiServer, dashboard), (capacity.Gateway, capacity.ApiServer, capacity.Dashboard));
        Assert.Equal(warned, capacity.Warning is not null);
        if (!warned) return;
        Assert.StartsWith($"{limit} open files", capacity.Warning, StringComparison.Ordinal);
        Assert.Contains("ulimit -n", capacity.Warning, StringComparison.Ordinal);
        Assert.InRange(capacity.Warning!.Length, 1, 160);
    }

    [Fact]
    public void A_process_without_an_API_server_leaves_its_part_to_the_gateway()
    {
        PlatformSettings settings = PlatformSettings.Default with
        {
            ApiServer = new ApiServerSettings { Listener = new ListenerLimits { MaxConnections = 0 } },
        };
        ListenerCapacity capacity = ListenerCapacity.Of(1024, others: 340, settings);
        Assert.Equal((250, 0, 55), (capacity.Gateway, capacity.ApiServer, capacity.Dashboard));
        Assert.Contains("(the gateway gets 250)", capacity.Warning, StringComparison.Ordinal);
    }
}
