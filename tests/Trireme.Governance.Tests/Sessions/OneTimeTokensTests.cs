using System.Buffers.Text;
using Microsoft.Extensions.Time.Testing;
using Trireme.Governance.Sessions;

namespace Trireme.Governance.Tests.Sessions;

public sealed class OneTimeTokensTests
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 5, 1, 8, 0, 0, TimeSpan.Zero));
    private readonly byte[] _key = OneTimeTokens.NewKey();

    private OneTimeTokens Tokens() => new(_key, _time);

    private string Token() => OneTimeTokens.Create(_key, _time.GetUtcNow());

    [Fact]
    public void A_token_is_good_once()
    {
        OneTimeTokens tokens = Tokens();
        string token = Token();
        Assert.True(tokens.TryRedeem(token));
        Assert.False(tokens.TryRedeem(token));
        Assert.True(tokens.TryRedeem(Token()));
    }

    [Fact]
    public void A_token_is_good_for_a_while()
    {
        OneTimeTokens tokens = Tokens();
        string first = Token();
        string second = Token();
        _time.Advance(OneTimeTokens.Lifetime);
        Assert.True(tokens.TryRedeem(first));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(tokens.TryRedeem(second));
    }

    [Fact]
    public void A_clock_set_back_brings_no_used_token_to_life()
    {
        OneTimeTokens tokens = Tokens();
        string token = Token();
        Assert.True(tokens.TryRedeem(token));
        for (int i = 0; i < 100; i++) Assert.True(tokens.TryRedeem(Token()));
        _time.AdjustTime(_time.GetUtcNow().AddHours(-1));
        Assert.False(tokens.TryRedeem(token));
    }

    [Fact]
    public void A_token_of_another_key_is_none() =>
        Assert.False(Tokens().TryRedeem(OneTimeTokens.Create(OneTimeTokens.NewKey(), _time.GetUtcNow())));

    [Fact]
    public void No_changed_token_is_good()
    {
        OneTimeTokens tokens = Tokens();
        string token = Token();
        byte[] bytes = Base64Url.DecodeFromChars(token);
        for (int i = 0; i < bytes.Length; i++)
        {
            byte[] changed = [.. bytes];
            changed[i] ^= 1;
            Assert.False(tokens.TryRedeem(Base64Url.EncodeToString(changed)));
        }

        Assert.False(tokens.TryRedeem(token + "A"));
        Assert.False(tokens.TryRedeem(token.AsSpan()[..^1]));
        Assert.False(tokens.TryRedeem(""));
        Assert.False(tokens.TryRedeem(new string('ä', token.Length)));
        Assert.True(tokens.TryRedeem(token));
    }

    [Fact]
    public void What_is_remembered_of_used_tokens_is_bounded()
    {
        OneTimeTokens tokens = Tokens();
        string first = Token();
        Assert.True(tokens.TryRedeem(first));
        for (int i = 0; i < OneTimeTokens.MaxUsed - 1; i++) Assert.True(tokens.TryRedeem(Token()));
        Assert.False(tokens.TryRedeem(first));
        Assert.True(tokens.TryRedeem(Token()));
        Assert.True(tokens.TryRedeem(first));
    }
}
