using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Usage;
using Trireme.Fleet.Limits;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Limits;
using Trireme.Hosting.Usage;
using Trireme.Testing;

namespace Trireme.Tests.Hosting.Usage;

/// <summary>The ledger on a real PostgreSQL server.</summary>
public sealed class PostgresLedgerTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 15, 12, 30, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(Noon);
    private readonly MetricRegistry _metrics = new();
    private readonly List<UsageLedger> _ledgers = [];
    private readonly List<SpentBefore> _restored = [];
    private PostgresServer _server = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await PostgresServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (UsageLedger ledger in _ledgers) await ledger.DisposeAsync();
        if (_server is not null) await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Gateways_that_write_at_one_time_add_up_and_budgets_go_on_with_the_sum()
    {
        UsageLedger one = await StartAsync("one"), other = await StartAsync("other");
        for (int i = 0; i < 1500; i++)
        {
            Close(one, "a", $"k{i % 3}", new UsageCounts(10, 4, 6, 100));
            Close(other, "a", $"k{i % 3}", new UsageCounts(1, 0, 1, 1), UsageOutcome.Failed);
        }

        bool[] written = await Task.WhenAll(one.FlushAsync(), other.FlushAsync());
        Assert.DoesNotContain(false, written);
        UsageReport report = await one.ReadAsync(Question("key", "outcome", "day"), Cancel);
        Assert.Equal(
            [
                ("k0", "completed", 500L, 5000L, 3000L, 50_000L), ("k1", "completed", 500, 5000, 3000, 50_000),
                ("k2", "completed", 500, 5000, 3000, 50_000),
            ],
            report.Items.Take(3).Select(static sum => (
                sum.Key!, sum.Outcome!, sum.Requests, sum.PromptTokens, sum.OutputTokens, (long)(sum.Cost * 1e9m))));
        Assert.Equal((3000L, "2026-03-15"), (report.Total.Requests, report.Items[0].Day));
        UsageReport own = await other.ReadAsync(Question("model") with { Namespace = "a", Key = "k1" }, Cancel);
        Assert.Equal(("chat", 1000L), (own.Items.Single().Model, own.Total.Requests));

        await StartAsync("third");
        Assert.Contains(new SpentBefore("key", "a/k1", new Spent(50_500, 50_500)), _restored);
        Assert.Contains(new SpentBefore("tenant", "a", new Spent(151_500, 151_500)), _restored);
        Assert.Contains(new SpentBefore("service", "a/chat", new Spent(151_500, 151_500)), _restored);
    }

    [Fact]
    public async Task A_server_that_is_away_stops_nothing_and_no_entry_is_lost_or_doubled()
    {
        UsageLedger ledger = await StartAsync("one");
        Close(ledger, "a", "k", new UsageCounts(1, 0, 1, 5));
        Assert.True(await ledger.FlushAsync());
        await _server.StopAsync();
        for (int i = 0; i < 100; i++) Close(ledger, "a", "k", new UsageCounts(1, 0, 1, 5));
        Assert.False(await ledger.FlushAsync());
        await Assert.ThrowsAsync<IOException>(() => ledger.ReadAsync(Question("key"), Cancel));
        UsageLedger next = await StartAsync("two");
        Close(next, "a", "k", new UsageCounts(1, 0, 1, 5));
        await _server.RunAsync();
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.True(await ledger.FlushAsync());
        Assert.True(await next.FlushAsync());
        Assert.Equal(102, (await ledger.ReadAsync(Question("key"), Cancel)).Total.Requests);

        // Read late, by whichever is first to write: what the server had before, or what the other gateway had written until then too.
        Assert.Contains(_restored.Single(static one => one is { Kind: "key", Name: "a/k" }).Amount.Month, (long[])[5, 505]);
    }

    [Fact]
    public async Task Tables_of_a_newer_version_are_left_as_they_are_and_old_requests_go()
    {
        UsageLedger ledger = await StartAsync("one");
        Close(ledger, "a", "k", new UsageCounts(1, 0, 1, 5));
        Assert.True(await ledger.FlushAsync());
        _time.Advance(TimeSpan.FromDays(31));
        Assert.True(await ledger.FlushAsync());
        await _server.RunSqlAsync("DO $$ BEGIN ASSERT (SELECT count(*) FROM trireme_usage.requests) = 0; END $$");
        Assert.Equal(1, (await ledger.ReadAsync(Question("key"), Cancel)).Total.Requests);
        await _server.RunSqlAsync("INSERT INTO trireme_usage.layout VALUES (99)");
        UsageLedger older = await StartAsync("two");
        Close(older, "a", "k", new UsageCounts(1, 0, 1, 5));
        Assert.False(await older.FlushAsync());
    }

    private async Task<UsageLedger> StartAsync(string name)
    {
        var place = new UsagePlace(new PostgresUsageStore(_server.Settings), _folder.File($"{name}.spool"));
        var ledger = new UsageLedger(place, new UsageLedgerOptions(), _metrics, _time, NullLogger<UsageLedger>.Instance);
        _ledgers.Add(ledger);
        await ledger.StartAsync((spent, _) => _restored.AddRange(spent), TimeSpan.FromMinutes(1));
        return ledger;
    }

    private static UsageQuestion Question(params string[] by) => new() { By = by, From = Noon.AddDays(-10), Until = Noon.AddYears(2) };

    private void Close(UsageLedger ledger, string ns, string key, UsageCounts counts, UsageOutcome outcome = UsageOutcome.Completed)
    {
        IUsageEntry entry = ledger.Begin(new UsageSubject
        {
            Namespace = ns, Key = key, Service = "chat", RequestId = "req_1", Route = "/v1/completions", ArrivedAt = _time.GetUtcNow(),
        })!;
        entry.Close(counts, new UsageEnd(outcome, 200, 1, TimeSpan.FromMilliseconds(20)));
    }
}
