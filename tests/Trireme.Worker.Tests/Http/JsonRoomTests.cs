using Trireme.Worker.Http;

namespace Trireme.Worker.Tests.Http;

public sealed class JsonRoomTests
{
    private const int Most = 1_000_000;

    private readonly JsonRoom _room = new(() => 2 * Most * JsonRoom.BytesPerValue);

    [Fact]
    public void A_body_of_more_values_than_there_is_memory_for_is_told_how_many_there_may_be()
    {
        WorkerError refused = _room.TryTake(Most + 1, out long taken)!;
        Assert.Equal((413, 0L), (refused.Status, taken));
        Assert.Contains("1,000,001 JSON values", refused.Message, StringComparison.Ordinal);
        Assert.Contains("memory to read 1,000,000", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Bodies_that_fit_one_by_one_wait_for_each_other()
    {
        Assert.Null(_room.TryTake(Most, out long taken));
        Assert.Equal(503, _room.TryTake(Most / 2, out long none)!.Status);
        Assert.Equal(0, none);
        Assert.Null(_room.TryTake(JsonRoom.OrdinaryValues, out _));
        _room.Return(taken);
        Assert.Null(_room.TryTake(Most / 2, out _));
        Assert.Null(_room.TryTake(Most / 2, out _));
    }
}
