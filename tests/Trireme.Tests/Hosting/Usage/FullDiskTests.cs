using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Trireme.Contracts.Metrics;
using Trireme.Gateway.Accounting;
using Trireme.Hosting.Usage;
using Trireme.Testing;

namespace Trireme.Tests.Hosting.Usage;

/// <summary>A disk of its own that is full: requests go on, what has no entry is counted, and nothing else is missing afterwards.</summary>
public sealed class FullDiskTests : IAsyncDisposable
{
    private const int Slots = (UsageSpool.ChunkBytes / SpoolSlot.Bytes) - 1;

    private readonly TemporaryFolder _folder = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 3, 15, 12, 30, 0, TimeSpan.Zero));
    private readonly MetricRegistry _metrics = new();
    private bool _isMounted;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Disk => _folder.File("disk");

    [Fact]
    public async Task A_full_disk_stops_no_request_and_loses_none_that_is_not_counted()
    {
        await MountAsync("6m");
        var place = new UsagePlace(new SqliteUsageStore(Path.Combine(Disk, "usage.db")), Path.Combine(Disk, "usage", "platform.spool"));
        await using var ledger = new UsageLedger(
            place, new UsageLedgerOptions(), _metrics, _time, NullLogger<UsageLedger>.Instance);
        await ledger.StartAsync(static (_, _) => { }, TimeSpan.FromMinutes(1));
        Enter(ledger);
        Assert.True(await ledger.FlushAsync());
        Fill();
        int entered = 1;
        for (int i = 0; i < Slots + 1000; i++)
        {
            if (Enter(ledger)) entered++;
            if (i % 500 == 0) await PassAsync(ledger);
        }

        Assert.InRange(entered, Slots, Slots + 1000);
        Assert.Equal(Slots + 1001 - entered, Dropped());
        Assert.Contains("trireme_gateway_ledger_writable 0", _metrics.ToText(), StringComparison.Ordinal);
        File.Delete(Path.Combine(Disk, "filler"));
        await PassAsync(ledger);
        Assert.True(Enter(ledger));
        UsageQuestion all = new() { By = [], From = DateTimeOffset.UnixEpoch, Until = _time.GetUtcNow().AddDays(1) };
        Assert.Equal(entered + 1, (await ledger.ReadAsync(all, Cancel)).Total.Requests);
    }

    [Fact]
    public async Task A_disk_that_is_full_at_the_start_keeps_nothing_from_starting()
    {
        await MountAsync("1m");
        var place = new UsagePlace(new SqliteUsageStore(Path.Combine(Disk, "usage.db")), Path.Combine(Disk, "usage", "platform.spool"));
        Fill();
        await using var ledger = new UsageLedger(
            place, new UsageLedgerOptions(), _metrics, _time, NullLogger<UsageLedger>.Instance);
        await ledger.StartAsync(static (_, _) => { }, TimeSpan.FromMinutes(1));
        Assert.False(Enter(ledger));
        Assert.Equal(1, Dropped());
    }

    public async ValueTask DisposeAsync()
    {
        if (_isMounted) await CommandResult.RunAsync("umount", ["-l", Disk]);
        _folder.Dispose();
    }

    private async Task MountAsync(string size)
    {
        Directory.CreateDirectory(Disk);
        CommandResult mounted = await CommandResult.RunAsync("mount", ["-t", "tmpfs", "-o", $"size={size}", "tmpfs", Disk]);
        if (mounted.ExitCode != 0) Assert.Skip($"a disk can be mounted by root only: {mounted.Error}");
        _isMounted = true;
    }

    private void Fill()
    {
        using FileStream filler = File.Create(Path.Combine(Disk, "filler"));
        byte[] bytes = new byte[4096];
        try
        {
            while (true) RandomAccess.Write(filler.SafeFileHandle, bytes, filler.Length);
        }
        catch (IOException)
        {
            // It is full.
        }
    }

    /// <summary>As long as the ledger waits before it tries again.</summary>
    private async Task PassAsync(UsageLedger ledger)
    {
        _time.Advance(TimeSpan.FromSeconds(11));
        await ledger.FlushAsync();
    }

    private double Dropped()
    {
        const string Series = "trireme_gateway_ledger_dropped_total{reason=\"no_room\"} ";
        string text = _metrics.ToText();
        string value = text[(text.IndexOf(Series, StringComparison.Ordinal) + Series.Length)..].Split('\n')[0];
        return double.Parse(value, CultureInfo.InvariantCulture);
    }

    private bool Enter(UsageLedger ledger)
    {
        IUsageEntry? entry = ledger.Begin(new UsageSubject
        {
            Namespace = "a", Key = "k", Service = "chat", RequestId = "r", Route = "/v1/completions", ArrivedAt = _time.GetUtcNow(),
        });
        entry?.Close(new UsageCounts(1, 0, 1, 5), new UsageEnd(UsageOutcome.Completed, 200, 1, TimeSpan.Zero));
        return entry is not null;
    }
}
