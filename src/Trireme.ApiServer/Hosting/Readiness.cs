using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Hosting;

/// <summary>Creates what must exist before the first request, and knows when that is done.</summary>
internal sealed partial class Readiness(
    ObjectStore store,
    StoreWatch watch,
    ServedResources resources,
    ObjectWriter writer,
    ApiServerOptions options,
    ILogger<Readiness> logger) : IHostedService
{
    private static readonly string[] InitialNamespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];

    /// <summary>A disk that takes longer for one page does not serve.</summary>
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Objects in quarantine that the log names one by one.</summary>
    private const int MaxNamed = 50;

    private volatile bool _ready;

    /// <summary>How many stored objects are not served, in words; empty if all are.</summary>
    public string Objects => store.Quarantine.Count is > 0 and int count
        ? $"{count} stored object{(count == 1 ? "" : "s")} cannot be read and {(count == 1 ? "is" : "are")} not served; the log names them"
        : "";

    /// <summary>Whether requests are served, and whether a write would reach the disk.</summary>
    public async Task<HealthReport> CheckAsync()
    {
        var report = new HealthReport("readyz");
        if (!_ready) return report.Bad("started", "the server is starting");
        report.Good("ping").Good("objects", Objects);
        try
        {
            StoreCondition condition = await watch.ProbeAsync().WaitAsync(ProbeTimeout, options.Time);
            return condition.Trouble == StoreTrouble.None ? report.Good("store") : report.Bad("store", Words(condition.Trouble));
        }
        catch (TimeoutException)
        {
            return report.Bad("store", "a write to the disk does not come back");
        }
    }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Report(store.Opening);
        foreach (string name in InitialNamespaces)
        {
            var key = new ObjectKey(resources.Namespace, "", name);
            bool missing = !store.Quarantine.TryFind(key, out _) && store.Get(key) is null;
            if (missing) await writer.CreateAsync(key, PreparedObject.Of(NewNamespace(name)));
        }

        _ready = true;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _ready = false;
        return Task.CompletedTask;
    }

    private static string Words(StoreTrouble trouble) => trouble switch
    {
        StoreTrouble.Full => "no room is left for the store: its disk is full, or the database has reached its limit",
        StoreTrouble.Locked => "another program holds the store",
        StoreTrouble.ReadOnly => "the store cannot be written, only read",
        _ => "the store's disk fails",
    };

    private void Report(StoreOpening opening)
    {
        if (opening.Migration is { } done) LogMigrated(options.DatabasePath, done.From, done.Objects, done.Backup);
        if (opening.HistoryLost) LogHistoryLost(options.DatabasePath);
        foreach (QuarantinedObject found in opening.Quarantine.Objects.Take(MaxNamed)) LogQuarantined(found, found.Reason);
        if (opening.Quarantine.Count > MaxNamed) LogMoreQuarantined(opening.Quarantine.Count - MaxNamed);
    }

    private JsonObject NewNamespace(string name)
    {
        JsonObject document = SystemObject.New(resources.Namespace, "", name, options.Time.GetUtcNow());
        KindRules.OnCreate(resources.Namespace, document);
        return document;
    }

    [LoggerMessage(
        LogLevel.Warning,
        "The database {Path} was brought from layout {From} to the present one ({Objects} objects changed); as it was it lies in {Backup}")]
    private partial void LogMigrated(string path, long from, int objects, string backup);

    [LoggerMessage(LogLevel.Error, "The stored object {Found} cannot be read and is not served: {Reason}")]
    private partial void LogQuarantined(QuarantinedObject found, string reason);

    [LoggerMessage(LogLevel.Error, "{Count} more stored objects cannot be read and are not served")]
    private partial void LogMoreQuarantined(int count);

    [LoggerMessage(LogLevel.Warning, "The changes kept in {Path} could not be read and are dropped; watches list again")]
    private partial void LogHistoryLost(string path);
}
