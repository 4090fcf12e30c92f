using Trireme.ApiServer.Requests;

namespace Trireme.ApiServer.Tests.Requests;

public sealed class AnswerTurnsTests
{
    private static readonly TimeSpan Never = TimeSpan.FromMilliseconds(20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_user_has_a_quarter_and_all_together_no_more_than_there_are()
    {
        using var turns = new AnswerTurns(8, Never);
        var taken = new List<IDisposable>();
        foreach (string user in (string[])["a", "b", "c", "d"])
        {
            for (int i = 0; i < 2; i++) taken.Add((await turns.TryTakeAsync(user, Cancel))!);
            Assert.Null(await turns.TryTakeAsync(user, Cancel));
        }

        Assert.All(taken, Assert.NotNull);
        Assert.Null(await turns.TryTakeAsync("e", Cancel));
        taken[0].Dispose();
        taken[0].Dispose();
        using IDisposable? next = await turns.TryTakeAsync("e", Cancel);
        Assert.NotNull(next);
        Assert.Null(await turns.TryTakeAsync("a", Cancel));
    }

    [Fact]
    public async Task Who_has_no_turn_is_not_remembered()
    {
        using var turns = new AnswerTurns(4, Never);
        using (await turns.TryTakeAsync("a", Cancel))
        {
            Assert.Null(await turns.TryTakeAsync("a", Cancel));
            using var left = new CancellationTokenSource();
            ValueTask<IDisposable?> waiting = new AnswerTurns(4, TimeSpan.FromMinutes(1)).TryTakeAsync("b", left.Token);
            Assert.NotNull(await waiting);
            Assert.Equal(1, turns.Users);
        }

        Assert.Equal(0, turns.Users);
    }

    [Fact]
    public async Task A_wait_ends_with_its_client_and_with_another_turn()
    {
        using var turns = new AnswerTurns(4, TimeSpan.FromMinutes(1));
        IDisposable first = (await turns.TryTakeAsync("a", Cancel))!;
        using var left = new CancellationTokenSource();
        Task<IDisposable?> gone = turns.TryTakeAsync("a", left.Token).AsTask();
        Task<IDisposable?> next = turns.TryTakeAsync("a", Cancel).AsTask();
        await left.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        Assert.False(next.IsCompleted);
        first.Dispose();
        (await next)!.Dispose();
        Assert.Equal(0, turns.Users);
    }
}
