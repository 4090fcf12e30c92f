using Trireme.Gateway.Forwarding;

namespace Trireme.Gateway.Tests.Forwarding;

public class CancellationPoolTests
{
    private readonly CancellationPool _pool = new(TimeProvider.System);

    [Fact]
    public void A_source_that_was_never_cancelled_is_used_again()
    {
        using var client = new CancellationTokenSource();
        AttemptCancellation first = _pool.Rent(client.Token);
        first.CancelAfterSilence(TimeSpan.FromHours(1));
        first.Dispose();
        Assert.Same(first, _pool.Rent(client.Token));
        Assert.NotSame(first, _pool.Rent(client.Token));
    }

    [Fact]
    public void The_last_users_client_does_not_cancel_the_next_user()
    {
        using var gone = new CancellationTokenSource();
        using var here = new CancellationTokenSource();
        _pool.Rent(gone.Token).Dispose();
        AttemptCancellation next = _pool.Rent(here.Token);
        gone.Cancel();
        Assert.False(next.Token.IsCancellationRequested);
        here.Cancel();
        Assert.True(next.Token.IsCancellationRequested);
    }

    [Fact]
    public void A_cancelled_source_is_never_used_again()
    {
        using var client = new CancellationTokenSource();
        AttemptCancellation first = _pool.Rent(client.Token);
        client.Cancel();
        first.Dispose();
        using var next = new CancellationTokenSource();
        AttemptCancellation second = _pool.Rent(next.Token);
        Assert.NotSame(first, second);
        Assert.False(second.Token.IsCancellationRequested);
    }

    [Fact]
    public void What_is_given_back_twice_is_kept_once()
    {
        AttemptCancellation first = _pool.Rent(CancellationToken.None);
        first.Dispose();
        first.Dispose();
        Assert.NotSame(_pool.Rent(CancellationToken.None), _pool.Rent(CancellationToken.None));
    }

    [Fact]
    public void A_client_that_has_left_already_cancels_at_once() =>
        Assert.True(_pool.Rent(new CancellationToken(canceled: true)).Token.IsCancellationRequested);

    [Fact]
    public void Renting_allocates_nothing_once_the_pool_is_warm()
    {
        using var client = new CancellationTokenSource();
        RentAndReturn(100);
        long before = GC.GetAllocatedBytesForCurrentThread();
        RentAndReturn(1000);
        // The registration on the client's token is a node of the runtime's, which the source keeps and uses again.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000);

        void RentAndReturn(int count)
        {
            for (int i = 0; i < count; i++)
            {
                using AttemptCancellation cancellation = _pool.Rent(client.Token);
                cancellation.CancelAfterSilence(TimeSpan.FromHours(1));
            }
        }
    }
}
