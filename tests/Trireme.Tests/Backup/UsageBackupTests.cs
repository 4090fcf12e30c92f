using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Trireme.ApiServer.Hosting;
using Trireme.Backup;
using Trireme.Contracts.Metrics;
using Trireme.Gateway.Accounting;
using Trireme.Hosting;
using Trireme.Hosting.Usage;
using Trireme.Testing;

namespace Trireme.Tests.Backup;

/// <summary>A backup has what clients used, each request once, whether it lay in the ledger's database or in a spool.</summary>
public sealed class UsageBackupTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 11, 29, 9, 0, 0, TimeSpan.Zero);

    private readonly TemporaryFolder _folder = new();
    private EmbeddedApiServer? _server;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private DataFolderLayout Data => new(_folder.File("data"));

    private string Archive => _folder.File("backup.tgz");

    public async ValueTask InitializeAsync() =>
        _server = await EmbeddedApiServer.StartAsync(new EmbeddedApiServerOptions { DataFolder = Data.Root }, Cancelled);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_clients_used_comes_back_to_the_entry_also_what_was_in_no_database_yet()
    {
        var metrics = new MetricRegistry();
        var place = UsagePlace.Of(Data, "platform");
        await using (UsageLedger ledger = await StartAsync(place, metrics))
        {
            Enter(ledger);
            Assert.True(await ledger.FlushAsync());
            Enter(ledger);
            await File.WriteAllTextAsync(Data.Responses, "no database at all", Cancelled);
            BackupManifest manifest = BackupWriter.Write(Data, Archive, Now, cancellationToken: Cancelled);
            Assert.Equal(["objects.db", "usage/platform.spool", "usage.db"], manifest.Files.Take(3).Select(static file => file.Name));
            Assert.StartsWith("responses.db is not in the backup", Assert.Single(manifest.LeftOut), StringComparison.Ordinal);
        }

        var restored = new DataFolderLayout(_folder.File("restored"));
        FolderRestore.Restore(Archive, Empty(restored), force: false, Now, cancellationToken: Cancelled);
        await using UsageLedger again = await StartAsync(UsagePlace.Of(restored, "platform"), metrics);
        Assert.Equal(2, (await again.ReadAsync(AllUsage, Cancelled)).Total.Requests);
        await StopAsync();
        FolderRestore.Restore(Archive, Data, force: true, Now, cancellationToken: Cancelled);
        await using UsageLedger replaced = await StartAsync(place, metrics);
        Assert.Equal(2, (await replaced.ReadAsync(AllUsage, Cancelled)).Total.Requests);
    }

    [Fact]
    public async Task A_backup_under_requests_has_each_that_had_ended_before_it_and_none_twice()
    {
        var metrics = new MetricRegistry();
        await using UsageLedger ledger = await StartAsync(UsagePlace.Of(Data, "platform"), metrics);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        int entered = 0;
        Task entering = Task.Run(
            async () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    for (int i = 0; i < 20; i++, Interlocked.Increment(ref entered)) Enter(ledger);
                    await ledger.FlushAsync();
                }
            },
            Cancelled);
        for (int round = 0; round < 5; round++)
        {
            int least = Volatile.Read(ref entered);
            BackupWriter.Write(Data, Archive, Now, cancellationToken: Cancelled);
            int most = Volatile.Read(ref entered) + 1;
            var restored = new DataFolderLayout(_folder.File($"restored-{round}"));
            FolderRestore.Restore(Archive, Empty(restored), force: false, Now, cancellationToken: Cancelled);
            await using UsageLedger again = await StartAsync(UsagePlace.Of(restored, "platform"), metrics);
            Assert.InRange((await again.ReadAsync(AllUsage, Cancelled)).Total.Requests, least, most);
        }

        await stop.CancelAsync();
        await entering;
    }

    private static UsageQuestion AllUsage => new() { By = [], From = DateTimeOffset.UnixEpoch, Until = Now.AddYears(10) };

    private static async Task<UsageLedger> StartAsync(UsagePlace place, MetricRegistry metrics)
    {
        var ledger = new UsageLedger(
            place, new UsageLedgerOptions(), metrics, new FakeTimeProvider(Now), NullLogger<UsageLedger>.Instance);
        await ledger.StartAsync(static (_, _) => { }, TimeSpan.FromMinutes(1));
        return ledger;
    }

    private static void Enter(UsageLedger ledger) => ledger.Begin(new UsageSubject
    {
        Namespace = "a", Key = "k", Service = "chat", RequestId = "r", Route = "/v1/completions", ArrivedAt = Now,
    })!.Close(new UsageCounts(1, 0, 1, 5), new UsageEnd(UsageOutcome.Completed, 200, 1, TimeSpan.Zero));

    private async Task StopAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _server = null;
    }

    private static DataFolderLayout Empty(DataFolderLayout data)
    {
        using DataFolderLock made = DataFolderLock.Acquire(data);
        return data;
    }
}
