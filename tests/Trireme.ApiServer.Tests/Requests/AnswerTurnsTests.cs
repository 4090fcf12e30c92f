using Microsoft.Extensions.Time.Testing;
using Trireme.ApiServer.Requests;

namespace Trireme.ApiServer.Tests.Requests;

public sealed class AnswerTurnsTests
{
    private static readonly TimeSpan Never = TimeSpan.FromMilliseconds(20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_user_has_a_quarter_and_all_together_no_more_than_there_are()
    {
        using var turns = Turns(8, Never);
        var taken = new List<IDisposable>();
        foreach (string user in (string[])["a", "b", "c", "d"])
        {
            for (int i = 0; i < 2; i++) taken.Add((await turns.TryTakeAsync(user, Nothing, Cancel))!);
            Assert.Null(await turns.TryTakeAsync(user, Nothing, Cancel));
        }

        Assert.All(taken, Assert.NotNull);
        Assert.Null(await turns.TryTakeAsync("e", Nothing, Cancel));
        taken[0].Dispose();
        taken[0].Dispose();
        using IDisposable? next = await turns.TryTakeAsync("e", Nothing, Cancel);
        Assert.NotNull(next);
        Assert.Null(await turns.TryTakeAsync("a", Nothing, Cancel));
    }

    [Fact]
    public async Task Who_has_no_turn_is_not_remembered()
    {
        using var turns = Turns(4, Never);
        using (await turns.TryTakeAsync("a", Nothing, Cancel))
        {
            Assert.Null(await turns.TryTakeAsync("a", Nothing, Cancel));
            Assert.Equal(1, turns.Users);
        }

        Assert.Equal(0, turns.Users);
    }

    [Fact]
    public async Task A_wait_ends_with_its_client_and_with_another_turn()
    {
        using var turns = Turns(4, TimeSpan.FromMinutes(1));
        IDisposable first = (await turns.TryTakeAsync("a", Nothing, Cancel))!;
        using var left = new CancellationTokenSource();
        Task<IDisposable?> gone = turns.TryTakeAsync("a", Nothing, left.Token).AsTask();
        Task<IDisposable?> next = turns.TryTakeAsync("a", Nothing, Cancel).AsTask();
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        Assert.False(next.IsCompleted);
        first.Dispose();
        (await next)!.Dispose();
        Assert.Equal(0, turns.Users);
    }

    [Fact]
    public async Task An_answer_that_is_not_read_in_time_is_cut()
    {
        var time = new FakeTimeProvider();
        using var turns = new AnswerTurns(4, Never, TimeSpan.FromMinutes(1), time);
        int cut = 0;
        using IDisposable turn = (await turns.TryTakeAsync("a", () => cut++, Cancel))!;
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(0, cut);
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, cut);
    }

    private static AnswerTurns Turns(int most, TimeSpan patience) => new(most, patience, TimeSpan.FromMinutes(1), TimeProvider.System);

    private static void Nothing()
    {
    }
}
