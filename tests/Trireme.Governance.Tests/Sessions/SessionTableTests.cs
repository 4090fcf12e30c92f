using Microsoft.Extensions.Time.Testing;
using Trireme.Governance.Sessions;

namespace Trireme.Governance.Tests.Sessions;

public sealed class SessionTableTests
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void A_session_is_found_by_what_its_browser_presents_and_by_nothing_else()
    {
        using var table = new SessionTable(10, Lifetime, _time);
        string first = table.Begin();
        string second = table.Begin();
        Assert.NotNull(table.Find(first));
        Assert.NotEqual(table.Find(first)!.Id, table.Find(second)!.Id);
        Assert.DoesNotContain(table.Find(first)!.Id, first, StringComparison.Ordinal);
        Assert.Null(table.Find(first[..^1]));
        Assert.Null(table.Find(""));
        Assert.Null(table.Find(null));
    }

    [Fact]
    public void A_session_that_signed_out_has_ended()
    {
        using var table = new SessionTable(10, Lifetime, _time);
        string secret = table.Begin();
        BrowserSession session = table.Find(secret)!;
        session.End();
        Assert.True(session.Ended.IsCancellationRequested);
        Assert.Null(table.Find(secret));
        Assert.Equal(0, table.Count);
        session.End();
    }

    [Fact]
    public void A_session_ends_when_its_time_is_over()
    {
        using var table = new SessionTable(10, Lifetime, _time);
        string secret = table.Begin();
        BrowserSession session = table.Find(secret)!;
        _time.Advance(Lifetime - TimeSpan.FromSeconds(1));
        Assert.NotNull(table.Find(secret));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.True(session.Ended.IsCancellationRequested);
        Assert.Null(table.Find(secret));
        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void The_oldest_session_makes_room_for_one_more()
    {
        using var table = new SessionTable(3, Lifetime, _time);
        string[] secrets = [table.Begin(), table.Begin(), table.Begin()];
        BrowserSession oldest = table.Find(secrets[0])!;
        string another = table.Begin();
        Assert.True(oldest.Ended.IsCancellationRequested);
        Assert.Null(table.Find(secrets[0]));
        Assert.All([secrets[1], secrets[2], another], secret => Assert.NotNull(table.Find(secret)));
        Assert.Equal(3, table.Count);
    }

    [Theory]
    [InlineData("Bearer tel_key", true)]
    [InlineData("bearer tel_key ", true)]
    [InlineData("Bearer tel_keys", false)]
    [InlineData("Bearer ", false)]
    [InlineData("Basic tel_key", false)]
    [InlineData("tel_key", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void A_bearer_key_is_read_from_its_header(string? authorization, bool isKnown) =>
        Assert.Equal(isKnown, new BearerKey("tel_key").IsIn(authorization));
}
