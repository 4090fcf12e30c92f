using Microsoft.Data.Sqlite;
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

public sealed class UsageLedgerTests : IAsyncDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 15, 12, 30, 0, TimeSpan.Zero);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(Noon);
    private readonly MetricRegistry _metrics = new();
    private readonly List<UsageLedger> _ledgers = [];
    private readonly List<SpentBefore> _restored = [];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Database => _folder.File("usage.db");

    [Fact]
    public async Task What_requests_used_is_added_up_by_whatever_is_asked_for()
    {
        UsageLedger ledger = await StartAsync();
        Close(ledger, "a", "k1", "chat", new UsageCounts(10, 4, 6, 100));
        Close(ledger, "a", "k1", "chat", new UsageCounts(1, 0, 2, 30), UsageOutcome.ClientLeft);
        Close(ledger, "a", "k2", "chat", new UsageCounts(5, 0, 5, 50));
        Close(ledger, "b", "k3", "embed", new UsageCounts(7, 0, 0, 7));
        UsageReport report = await AskAsync(ledger, "tenant", "model");
        Assert.Equal(
            [("a", "chat", 3L, 16L, 4L, 13L, 180L), ("b", "embed", 1, 7, 0, 0, 7)],
            report.Items.Select(static one => (
                one.Tenant!, one.Model!, one.Requests, one.PromptTokens, one.CachedPromptTokens, one.OutputTokens,
                (long)(one.Cost * 1e9m))));
        Assert.Equal((4L, 187L), (report.Total.Requests, (long)(report.Total.Cost * 1e9m)));
        Assert.Equal((0.08m, 12L), (report.Total.ReplicaSeconds, (long)(report.Total.ReplicaCost * 1e9m)));
        UsageReport outcomes = await AskAsync(ledger, "outcome", "release", "hour", "day");
        Assert.Equal(
            [("completed", "v1@111111111111", "2026-03-15", 3L), ("client_left", "v1@111111111111", "2026-03-15", 1)],
            outcomes.Items.Select(static one => (one.Outcome!, one.Release!, one.Day!, one.Requests)));
        Assert.Equal(Noon.AddMinutes(-30), outcomes.Items[0].Hour);

        UsageReport own = await ledger.ReadAsync(Question("key") with { Namespace = "a", Key = "k2" }, Cancel);
        Assert.Equal(("k2", 1L), (own.Items.Single().Key, own.Total.Requests));
    }

    [Fact]
    public async Task What_a_killed_process_left_is_counted_once_and_open_requests_as_far_as_they_had_come()
    {
        UsageLedger ledger = await StartAsync();
        Close(ledger, "a", "k1", "chat", new UsageCounts(10, 0, 6, 100));
        Assert.True(await ledger.FlushAsync());
        Close(ledger, "a", "k1", "chat", new UsageCounts(20, 0, 6, 200));
        IUsageEntry open = ledger.Begin(Subject("a", "k1", "chat"))!;
        open.Ask("v1@111111111111");
        open.Count(new UsageCounts(3, 0, 1, 7), isWhole: false);
        open.Count(new UsageCounts(3, 0, 2, 9), isWhole: false);
        IUsageEntry told = ledger.Begin(Subject("a", "k1", "chat"))!;
        told.Count(new UsageCounts(3, 0, 5, 11), isWhole: true);

        // A copy of the files of this moment is what a killed process leaves.
        for (int round = 0; round < 2; round++)
        {
            UsageLedger next = await StartAsync(Copy($"killed-{round}", _folder.Path));
            UsageReport report = await AskAsync(next, "outcome");
            Assert.Equal(
                [("completed", 3L, 17L, 311L), ("cut", 1, 2, 9)],
                report.Items.Select(static one => (one.Outcome!, one.Requests, one.OutputTokens, (long)(one.Cost * 1e9m))));
            Assert.Contains(new SpentBefore("key", "a/k1", new Spent(320, 320)), _restored);
            _restored.Clear();
        }
    }

    [Fact]
    public async Task Entries_that_were_committed_when_the_process_died_before_it_freed_their_slots_count_once()
    {
        UsageLedger ledger = await StartAsync();
        Close(ledger, "a", "k1", "chat", new UsageCounts(10, 0, 6, 100));
        byte[] before = await ReadSpoolAsync();
        Assert.True(await ledger.FlushAsync());
        string killed = Copy("killed", _folder.Path);
        await File.WriteAllBytesAsync(Path.Combine(killed, "usage", "platform.spool"), before, Cancel);
        UsageLedger next = await StartAsync(killed);
        Assert.Equal(1, (await AskAsync(next, "tenant")).Total.Requests);
        Assert.Contains(new SpentBefore("tenant", "a", new Spent(100, 100)), _restored);
    }

    [Fact]
    public async Task Of_days_and_months_before_only_what_belongs_to_the_present_ones_is_spent()
    {
        UsageLedger ledger = await StartAsync();
        _time.SetUtcNow(Noon.AddMonths(1));
        Close(ledger, "a", "k1", "chat", new UsageCounts(1, 0, 1, 1000));
        _time.SetUtcNow(Noon.AddMonths(1).AddDays(1));
        Close(ledger, "a", "k1", "chat", new UsageCounts(1, 0, 1, 100));
        _time.SetUtcNow(Noon.AddMonths(1).AddDays(2));
        Close(ledger, "a", "k2", "chat", new UsageCounts(1, 0, 1, 10));
        await CloseAsync();
        await StartAsync();
        Assert.Equal(
            [
                new("key", "a/k1", new Spent(0, 1100)), new("key", "a/k2", new Spent(10, 10)),
                new("service", "a/chat", new Spent(10, 1110)), new("tenant", "a", new Spent(10, 1110)),
            ],
            _restored.OrderBy(static one => one.Kind, StringComparer.Ordinal).ThenBy(static one => one.Name, StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_database_that_cannot_be_used_stops_nothing_and_loses_nothing()
    {
        await File.WriteAllTextAsync(Database, new string('x', 4096), Cancel);
        UsageLedger ledger = await StartAsync();
        for (int i = 0; i < 100; i++) Close(ledger, "a", "k1", "chat", new UsageCounts(1, 0, 1, 5));
        Assert.False(await ledger.FlushAsync());
        Assert.Contains("trireme_gateway_ledger_waiting 100", _metrics.ToText(), StringComparison.Ordinal);
        Assert.Contains("trireme_gateway_ledger_writable 0", _metrics.ToText(), StringComparison.Ordinal);
        IOException unreadable = await Assert.ThrowsAsync<IOException>(() => ledger.ReadAsync(Question("tenant"), Cancel));
        Assert.Contains(Database, unreadable.Message, StringComparison.Ordinal);
        await CloseAsync();

        // The next start finds it as it was, and goes on with what it knows of budgets all the same.
        ledger = await StartAsync();
        Assert.Contains(new SpentBefore("key", "a/k1", new Spent(500, 500)), _restored);
        _restored.Clear();
        Close(ledger, "a", "k1", "chat", new UsageCounts(1, 0, 1, 5));
        File.Delete(Database);
        _time.Advance(TimeSpan.FromSeconds(11));
        Assert.True(await ledger.FlushAsync());
        Assert.Equal(101, (await AskAsync(ledger, "tenant")).Total.Requests);

        // What was restored from the spool is not restored from the file again.
        Assert.All(_restored, static one => Assert.Equal(default, one.Amount));
    }

    [Fact]
    public async Task The_file_of_a_newer_version_is_left_as_it_is()
    {
        UsageLedger ledger = await StartAsync();
        await CloseAsync();
        byte[] content = await File.ReadAllBytesAsync(Database, Cancel);

        // SQLite keeps the layout's number at this place, the highest byte first.
        content[63] = 99;
        await File.WriteAllBytesAsync(Database, content, Cancel);
        ledger = await StartAsync();
        Close(ledger, "a", "k1", "chat", new UsageCounts(1, 0, 1, 5));
        Assert.False(await ledger.FlushAsync());
        await CloseAsync();
        Assert.Equal(99, (await File.ReadAllBytesAsync(Database, Cancel))[63]);
    }

    [Fact]
    public async Task What_finds_no_room_is_counted_and_everything_goes_on()
    {
        await File.WriteAllTextAsync(Database, new string('x', 4096), Cancel);
        UsageLedger ledger = await StartAsync(options: new UsageLedgerOptions { MaxSpoolBytes = UsageSpool.ChunkBytes });
        const int Slots = (UsageSpool.ChunkBytes / SpoolSlot.Bytes) - 1;
        for (int i = 0; i < Slots; i++) Close(ledger, "a", "k1", "chat", new UsageCounts(1, 0, 1, 5));
        for (int i = 0; i < 7; i++) Assert.Null(ledger.Begin(Subject("a", "k1", "chat")));
        Assert.Contains("trireme_gateway_ledger_dropped_total{reason=\"no_room\"} 7", _metrics.ToText(), StringComparison.Ordinal);
        File.Delete(Database);
        _time.Advance(TimeSpan.FromSeconds(11));
        await ledger.FlushAsync();
        Close(ledger, "a", "k1", "chat", new UsageCounts(1, 0, 1, 5));
        Assert.Equal(Slots + 1, (await AskAsync(ledger, "tenant")).Total.Requests);
    }

    [Fact]
    public async Task A_dead_gateway_s_entries_are_taken_over_and_a_running_one_s_are_not()
    {
        UsageLedger running = await StartAsync(name: "gateway-1");
        Close(running, "a", "k1", "chat", new UsageCounts(1, 0, 1, 5));
        string dead = Path.Combine(_folder.Path, "usage", "gateway-2.spool");
        using (UsageSpool spool = UsageSpool.Open(dead, 0))
        {
            Assert.True(spool.TryRent(out int slot, out long sequence));
            byte[] bytes = new byte[SpoolSlot.Bytes];
            Assert.True(SpoolSlot.TryBegin(bytes, sequence, Subject("a", "k1", "chat")));
            spool.Write(slot, 0, bytes);
            spool.Number(slot, sequence);
        }

        UsageLedger ledger = await StartAsync();
        Assert.False(File.Exists(dead));
        Assert.Equal(["cut"], (await AskAsync(ledger, "outcome")).Items.Select(static one => one.Outcome!));
        Assert.Equal(2, (await AskAsync(running, "outcome")).Total.Requests);
    }

    [Fact]
    public async Task A_spool_that_was_cut_anywhere_gives_what_is_whole_of_it()
    {
        UsageLedger ledger = await StartAsync();
        for (int i = 1; i <= 50; i++) Close(ledger, "a", "k1", "chat", new UsageCounts(i, 0, 0, 0));
        byte[] whole = await ReadSpoolAsync();
        var random = new Random(20261201);
        for (int round = 0; round < 12; round++)
        {
            string folder = Directory.CreateDirectory(_folder.File($"cut-{round}")).FullName;
            string path = Path.Combine(folder, "cut.spool");
            await File.WriteAllBytesAsync(path, whole.AsMemory(0, random.Next(64 * SpoolSlot.Bytes)), Cancel);
            int slots = (int)(new FileInfo(path).Length / SpoolSlot.Bytes);
            using UsageSpool spool = UsageSpool.Open(path, UsageSpool.ChunkBytes);
            Assert.InRange(spool.Recovered.Count, Math.Min(50, Math.Max(0, slots - 1)), 50);
            // Of the slot that is cut, what was counted before may be whole.
            Assert.All(
                spool.Recovered.Where(left => left.Slot != slots), static left => Assert.Equal(left.Slot, left.Entry.Counts.Prompt));
            Assert.All(spool.Recovered, static left => Assert.Contains(left.Entry.Counts.Prompt, (long[])[left.Slot, 0]));
        }
    }

    [Fact]
    public async Task What_is_old_goes_and_the_sums_stay_longer()
    {
        UsageLedger ledger = await StartAsync();
        Close(ledger, "a", "k1", "chat", new UsageCounts(1, 0, 1, 5));
        Assert.True(await ledger.FlushAsync());
        _time.Advance(TimeSpan.FromDays(31));
        Assert.True(await ledger.FlushAsync());
        Assert.Equal((0L, 1L), (Count("requests"), Count("hours")));
        _time.Advance(TimeSpan.FromDays(400));
        Assert.True(await ledger.FlushAsync());
        Assert.Equal((0L, 0L), (Count("requests"), Count("hours")));
    }

    [Fact]
    public async Task A_file_that_grows_too_large_loses_its_oldest_requests_and_no_sum()
    {
        UsageLedger ledger = await StartAsync(options: new UsageLedgerOptions { MaxBytes = 1 << 20 });
        for (int i = 0; i < 10; i++)
        {
            for (int k = 0; k < 1500; k++) Close(ledger, "a", $"k{i}", "chat", new UsageCounts(1, 0, 1, 5));
            _time.Advance(TimeSpan.FromMinutes(2));
            Assert.True(await ledger.FlushAsync());
        }

        Assert.InRange(Count("requests"), 1, 8000);
        Assert.Equal(15_000, (await AskAsync(ledger, "tenant")).Total.Requests);
        Assert.Equal(1500, Count("requests WHERE key = 'k9'"));
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _folder.Dispose();
    }

    private long Count(string table)
    {
        using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
#pragma warning disable CA2100 // The names are those above.
        command.CommandText = $"SELECT count(*) FROM {table}";
#pragma warning restore CA2100
        return (long)command.ExecuteScalar()!;
    }

    private async Task<UsageLedger> StartAsync(string? folder = null, string name = "platform", UsageLedgerOptions? options = null)
    {
        folder ??= _folder.Path;
        var place = new UsagePlace(new SqliteUsageStore(Path.Combine(folder, "usage.db")), Path.Combine(folder, "usage", name + ".spool"));
        var ledger = new UsageLedger(place, options ?? new UsageLedgerOptions(), _metrics, _time, NullLogger<UsageLedger>.Instance);
        _ledgers.Add(ledger);
        await ledger.StartAsync((spent, _) => _restored.AddRange(spent), Patience);
        return ledger;
    }

    private async Task CloseAsync()
    {
        foreach (UsageLedger ledger in _ledgers) await ledger.DisposeAsync();
        _ledgers.Clear();
    }

    private string Copy(string name, string folder)
    {
        string copy = Directory.CreateDirectory(_folder.File(name)).FullName;
        Directory.CreateDirectory(Path.Combine(copy, "usage"));
        foreach (string file in (string[])["usage.db", "usage.db-wal", "usage/platform.spool"])
        {
            using FileStream target = File.Create(Path.Combine(copy, file));
            CopyTo(Path.Combine(folder, file), target);
        }

        return copy;
    }

    private Task<byte[]> ReadSpoolAsync()
    {
        var bytes = new MemoryStream();
        CopyTo(_folder.File("usage/platform.spool"), bytes);
        return Task.FromResult(bytes.ToArray());
    }

    /// <summary>The lock is advisory, and .NET asks for it too: another program's copy is not held up by it.</summary>
    private static void CopyTo(string path, Stream target)
    {
        using System.Diagnostics.Process cat = System.Diagnostics.Process.Start(
            new System.Diagnostics.ProcessStartInfo("cat", [path]) { RedirectStandardOutput = true })!;
        cat.StandardOutput.BaseStream.CopyTo(target);
        cat.WaitForExit();
    }

    private static Task<UsageReport> AskAsync(UsageLedger ledger, params string[] by) => ledger.ReadAsync(Question(by), Cancel);

    private static UsageQuestion Question(params string[] by) =>
        new() { By = by, From = Noon.AddDays(-10), Until = Noon.AddYears(2) };

    private static UsageSubject Subject(string ns, string key, string service) => new()
    {
        Namespace = ns, Key = key, Service = service, RequestId = "req_1", Route = "/v1/chat/completions", ArrivedAt = Noon,
    };

    private static void Close(
        UsageLedger ledger, string ns, string key, string service, UsageCounts counts, UsageOutcome outcome = UsageOutcome.Completed)
    {
        IUsageEntry entry = ledger.Begin(Subject(ns, key, service))!;
        entry.Ask("v1@111111111111");
        entry.Close(counts, new UsageEnd(outcome, 200, 1, TimeSpan.FromMilliseconds(20), ReplicaCost: 3));
    }
}
