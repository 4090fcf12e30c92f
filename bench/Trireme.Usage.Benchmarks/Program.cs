using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Trireme.Contracts.Metrics;
using Trireme.Gateway.Accounting;
using Trireme.Hosting.Usage;

// What the usage ledger costs: of a request the nanoseconds and bytes on its own thread (begin, release, counts, close), of a token of a
// stream those of one more count, and what becomes of entries behind them: how many a second go into the database. The best of the runs
// counts, so that what else runs on the machine does not. An argument names the folder, whose disk is the one that is measured, and
// another one a PostgreSQL database, as gateway.usage.postgres does.
const int Runs = 60;
const int Entries = 60_000;
const int Batch = 2000;
const int Tokens = 100_000;

string files = Path.Combine(args.Length > 0 ? args[0] : Path.GetTempPath(), "trireme-usage-benchmark");
if (Directory.Exists(files)) Directory.Delete(files, recursive: true);
Directory.CreateDirectory(files);
UsageStore store = args.Length > 1 ? new PostgresUsageStore(args[1]) : new SqliteUsageStore(Path.Combine(files, "usage.db"));
var place = new UsagePlace(store, Path.Combine(files, "usage", "benchmark.spool"));
var options = new UsageLedgerOptions { MaxSpoolBytes = 256 << 20 };
double request = double.MaxValue, bytes = double.MaxValue, token = double.MaxValue, rate = 0;
await using (var ledger = new UsageLedger(
    place, options, new MetricRegistry(), TimeProvider.System, NullLogger<UsageLedger>.Instance))
{
    await ledger.StartAsync(static (_, _) => { }, TimeSpan.FromSeconds(8));
    for (int run = 0; run <= Runs; run++)
    {
        // Within a second, after which the spool grows, there are as many free slots as a chunk has.
        int entries = run == 0 ? 1000 : UsageSpool.ChunkBytes / SpoolSlot.Bytes / 2;
        request = Math.Min(request, EnterAll(ledger, entries, out double allocated));
        bytes = Math.Min(bytes, allocated);
        await ledger.FlushAsync();
        token = Math.Min(token, CountAll(ledger));
    }

    for (int entered = 0; entered < Entries;)
    {
        EnterAll(ledger, Batch, out _);
        entered += Batch;
        long began = Stopwatch.GetTimestamp();
        await ledger.FlushAsync();
        rate = Math.Max(rate, Batch / Stopwatch.GetElapsedTime(began).TotalSeconds);
    }
}

Directory.Delete(files, recursive: true);
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"a request {request:0} ns and {bytes:0} bytes, a token {token:0} ns; {rate:0} entries a second into the database"));
Console.WriteLine(string.Create(
    CultureInfo.InvariantCulture,
    $"RESULT {{\"requestNanoseconds\":{request:0},\"requestBytes\":{bytes:0},\"tokenNanoseconds\":{token:0},"
    + $"\"entriesPerSecond\":{rate:0}}}"));

static double EnterAll(UsageLedger ledger, int entries, out double allocated)
{
    long before = GC.GetAllocatedBytesForCurrentThread();
    long began = Stopwatch.GetTimestamp();
    for (int i = 0; i < entries; i++)
    {
        IUsageEntry entry = ledger.Begin(Subject()) ?? throw new InvalidOperationException("There is no free slot.");
        entry.Ask("tiny-v1@0123456789ab");
        entry.Count(new UsageCounts(12, 0, 20, 700), isWhole: true);
        entry.Close(new UsageCounts(12, 0, 20, 700), new UsageEnd(UsageOutcome.Completed, 200, 1, TimeSpan.FromMilliseconds(30)));
    }

    double nanoseconds = Stopwatch.GetElapsedTime(began).TotalNanoseconds / entries;
    allocated = (double)(GC.GetAllocatedBytesForCurrentThread() - before) / entries;
    return nanoseconds;
}

static double CountAll(UsageLedger ledger)
{
    IUsageEntry entry = ledger.Begin(Subject()) ?? throw new InvalidOperationException("There is no free slot.");
    long began = Stopwatch.GetTimestamp();
    for (int i = 1; i <= Tokens; i++) entry.Count(new UsageCounts(12, 0, i, i), isWhole: false);
    double nanoseconds = Stopwatch.GetElapsedTime(began).TotalNanoseconds / Tokens;
    entry.Close(default, default);
    return nanoseconds;
}

static UsageSubject Subject() => new()
{
    RequestId = "req_0123456789abcdef0123456789abcdef",
    Namespace = "team-a",
    Key = "abcdefgh",
    Service = "tiny",
    Route = "/v1/chat/completions",
    ArrivedAt = DateTimeOffset.UnixEpoch,
};
