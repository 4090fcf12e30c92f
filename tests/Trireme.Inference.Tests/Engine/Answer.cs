using System.Threading.Channels;
using Trireme.Inference.Generation;

namespace Trireme.Inference.Tests.Engine;

/// <summary>All events of one request.</summary>
internal sealed record Answer(IReadOnlyList<TokenEvent> Events)
{
    public string Text => string.Concat(Events.Select(entry => entry.Text));

    public int[] Tokens => [.. Events.Where(entry => entry.TokenId is not null).Select(entry => entry.TokenId!.Value)];

    public TokenEvent End => Events[^1];

    /// <summary>Reads all answers of one request.</summary>
    public static async Task<Answer[]> ReadAll(ChannelReader<TokenEvent> events, int choices)
    {
        List<TokenEvent>[] all = [.. Enumerable.Range(0, choices).Select(_ => new List<TokenEvent>())];
        await foreach (TokenEvent entry in events.ReadAllAsync(TestContext.Current.CancellationToken)) all[entry.Choice].Add(entry);
        return [.. all.Select(Check)];
    }

    public static async Task<Answer> Read(ChannelReader<TokenEvent> events)
    {
        var all = new List<TokenEvent>();
        await foreach (TokenEvent entry in events.ReadAllAsync(TestContext.Current.CancellationToken)) all.Add(entry);
        return Check(all);
    }

    private static Answer Check(List<TokenEvent> all)
    {
        Assert.All(all.SkipLast(1), entry => Assert.Null(entry.FinishReason));
        Assert.NotNull(all[^1].FinishReason);
        Assert.NotNull(all[^1].CachedPromptTokens);
        return new Answer(all);
    }
}
