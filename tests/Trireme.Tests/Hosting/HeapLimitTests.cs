using Trireme.Hosting;
using Trireme.Settings;

namespace Trireme.Tests.Hosting;

public sealed class HeapLimitTests
{
    private const long GiB = 1L << 30;

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 2)]
    [InlineData(6, 3)]
    [InlineData(64, 4)]
    public void The_heap_has_half_of_the_memory_within_bounds(long memory, long expected) =>
        Assert.Equal(expected * GiB, HeapLimit.Of(PlatformSettings.Default, memory * GiB));

    [Fact]
    public void What_is_set_counts_and_the_store_of_metrics_fits()
    {
        PlatformSettings settings = PlatformSettings.Default with { MaxHeapBytes = GiB / 2 };
        Assert.Equal(GiB / 2, HeapLimit.Of(settings, 64 * GiB));
        PlatformSettings large = PlatformSettings.Default with
        {
            Telemetry = PlatformSettings.Default.Telemetry with { MaxStoreBytes = 3 * GiB },
        };
        Assert.Equal(6 * GiB, HeapLimit.Of(large, 16 * GiB));
    }
}
