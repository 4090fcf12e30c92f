using Trireme.Worker.Hosting;

namespace Trireme.Worker.Tests.Hosting;

public sealed class HeapBoundTests
{
    private const long Mebi = 1L << 20;

    [Theory]
    [InlineData(768, 90, 60, 586)]
    [InlineData(768, 90, 500, 146)]
    [InlineData(768, 700, 500, 64)]
    public void The_heap_gets_what_the_rest_of_the_process_leaves(long process, long beside, long reserved, long expected) =>
        Assert.Equal(expected * Mebi, HeapBound.Of(process * Mebi, beside * Mebi, reserved * Mebi));

    [Fact]
    public void A_process_that_nobody_limits_is_not_bounded() => Assert.Null(HeapBound.Begin());
}
