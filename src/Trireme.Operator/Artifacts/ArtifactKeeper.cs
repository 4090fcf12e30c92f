using Microsoft.Extensions.Logging;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Timing;
using Trireme.Kubernetes;

namespace Trireme.Operator.Artifacts;

/// <summary>Takes what no release or replica names out of the store, after a grace period that a restart begins anew.</summary>
internal sealed partial class ArtifactKeeper(
    ArtifactStore store, InformerSet informers, ArtifactOptions options, ILogger<ArtifactKeeper> logger, TimeProvider time)
    : IReconciler, IControlLoop
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    private readonly Informer<Release> _releases = informers.Of<Release>();
    private readonly Informer<ModelReplica> _replicas = informers.Of<ModelReplica>();
    private readonly Dictionary<string, TimeSpan> _needlessSince = new(StringComparer.Ordinal);

    public IControlLoop CreateLoop(ControllerFactory controllers) => this;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        TimeSpan quarter = options.GracePeriod / 4;
        TimeSpan pause = quarter < LongestPause ? quarter : LongestPause;
        while (true)
        {
            await Task.Delay(pause, time, cancellationToken);
            try
            {
                Sweep(_releases.Snapshot.Items, _replicas.Snapshot.Items);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // What is left is needless still at the next sweep.
                LogUnswept(exception, store.Layout.Root);
            }
        }
    }

    /// <summary>One look at everything.</summary>
    internal void Sweep(IEnumerable<Release> releases, IEnumerable<ModelReplica> replicas)
    {
        ArtifactLayout layout = store.Layout;
        if (!Directory.Exists(layout.Root)) return;
        IReadOnlySet<string> touched = store.Held.TakeTouched();
        List<SourceRecord> records = [.. Files(layout.Sources).Select(SourceRecord.Read).OfType<SourceRecord>()];
        HashSet<string> needed = [.. StoreSweep.Needed(layout, records, releases, replicas), .. touched];

        // In the order that leaves nothing half there: what is named first, then what it leads to.
        string[] present = [.. Files(layout.Sources), .. Folders(layout.Trees), .. Files(layout.Blobs), .. Files(layout.Partial)];
        string[] names = [.. present.Select(static path => Path.GetFileName(path))];
        HashSet<string> expired = [.. StoreSweep.Expired(names, needed, _needlessSince, time.GetSteadyTime(), options.GracePeriod)];
        if (expired.Count == 0) return;
        long before = store.UsedBytes();
        int removed = 0;
        foreach (string path in present)
        {
            string name = Path.GetFileName(path);
            if (expired.Contains(name) && store.Held.TryRemove(name, () => Remove(path))) removed++;
        }

        if (removed == 0) return;
        if (Directory.Exists(layout.Hub)) HubView.Prune(new DirectoryInfo(layout.Hub));
        LogSwept(removed, before - store.UsedBytes(), layout.Root);
    }

    private static void Remove(string path)
    {
        if (Directory.Exists(path)) Directory.Delete(path, recursive: true);
        else File.Delete(path);
    }

    private static IEnumerable<string> Files(string folder) => Directory.Exists(folder) ? Directory.EnumerateFiles(folder) : [];

    private static IEnumerable<string> Folders(string folder) => Directory.Exists(folder) ? Directory.EnumerateDirectories(folder) : [];

    [LoggerMessage(LogLevel.Information, "{Removed} entries with {Bytes} bytes that nothing names any more were taken out of {Folder}")]
    private partial void LogSwept(int removed, long bytes, string folder);

    [LoggerMessage(LogLevel.Warning, "{Folder} could not be swept to its end")]
    private partial void LogUnswept(Exception exception, string folder);
}
