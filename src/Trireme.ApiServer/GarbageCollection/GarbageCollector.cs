using System.Text.Json.Nodes;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Watching;
using Trireme.Contracts.Timing;

namespace Trireme.ApiServer.GarbageCollection;

/// <summary>
/// Finishes what deletions begin: removes dependents whose owners are gone, lets go of owners that waited for their dependents, and
/// empties namespaces. Changes only say what to look at; every step reads the store again and can be repeated, so a restart or a lost
/// change costs one sweep and nothing else.
/// </summary>
internal sealed partial class GarbageCollector(
    ObjectStore store,
    OwnerGraph graph,
    DependentCollector dependents,
    NamespaceEmptier namespaces,
    ObjectDeletion deletion,
    ServedResources resources,
    ApiServerOptions options,
    ILogger<GarbageCollector> logger) : BackgroundService
{
    private static readonly Backoff RetryPause = new() { First = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromSeconds(30) };

    private readonly Worklist _work = new();

    /// <summary>What a step failed for, since when, and how many rounds of tries have failed in a row.</summary>
    private readonly HashSet<ObjectKey> _failed = [];
    private long _failedAt;
    private int _failedRounds;

    private long _settled;

    /// <summary>The store's revision up to which everything that follows from a change was done or waits for someone else.</summary>
    public long SettledRevision => Volatile.Read(ref _settled);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        options.Metrics.Gauge(
            "trireme_apiserver_collector_revision", "Revision of the store up to which what deletions lead to is done.").With()
            .SetSource(() => SettledRevision);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                using Subscription changes = store.Changes.Subscribe(resource: null, @namespace: "");
                Sweep();
                await FollowAsync(changes, store.Changes.Revision, stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogFollowFailed(exception);
                await Task.Delay(RetryPause.First, options.Time, stoppingToken);
            }
        }
    }

    /// <summary>Looks at everything once, for what changed while nobody followed.</summary>
    private void Sweep()
    {
        foreach (ObjectKey key in store.Read(reader => reader.Unfinished())) _work.Add(key);
    }

    /// <summary>Works until the subscription ends because changes were lost.</summary>
    private async Task FollowAsync(Subscription changes, long revision, CancellationToken stoppingToken)
    {
        while (true)
        {
            stoppingToken.ThrowIfCancellationRequested();
            RetryFailed();
            while (changes.Changes.TryRead(out Change? change))
            {
                Note(change);
                revision = Math.Max(revision, change.Revision);
            }

            // One step at a time: what it changed is queued by now, and a queue that is not read runs over.
            if (_work.TryTake(out ObjectKey key))
            {
                await StepAsync(key);
                continue;
            }

            if (_failed.Count == 0)
            {
                _failedRounds = 0;
                Volatile.Write(ref _settled, revision);
            }

            if (!await WaitAsync(changes, stoppingToken)) return;
        }
    }

    /// <summary>Waits for changes, or until it is time to try again what failed. False once there will be no more.</summary>
    private async Task<bool> WaitAsync(Subscription changes, CancellationToken stoppingToken)
    {
        if (_failed.Count == 0) return await changes.Changes.WaitToReadAsync(stoppingToken);
        using var pause = new CancellationTokenSource(UntilRetry(), options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(pause.Token, stoppingToken);
        try
        {
            return await changes.Changes.WaitToReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            return true;
        }
    }

    private TimeSpan UntilRetry()
    {
        TimeSpan left = RetryPause.After(_failedRounds + 1) - options.Time.GetElapsedTime(_failedAt);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    private void RetryFailed()
    {
        if (_failed.Count == 0 || UntilRetry() > TimeSpan.Zero) return;
        foreach (ObjectKey key in _failed) _work.Add(key);
        _failed.Clear();
        _failedRounds++;
    }

    /// <summary>Puts on the worklist what a change may concern.</summary>
    private void Note(Change change)
    {
        StoredObject subject = change.Object;
        dependents.Note(change, _work);
        if (change.Type == ChangeType.Deleted)
        {
            foreach (StoredObject dependent in store.Read(reader => reader.Dependents(subject.Uid))) _work.Add(dependent.Key);
            foreach (OwnerLink link in OwnerLink.AllOf(subject.Document)) AddOwner(link, subject.Key);
            if (subject.Key.Namespace.Length > 0) _work.Add(new ObjectKey(resources.Namespace, "", subject.Key.Namespace));
            return;
        }

        bool isDeleting = subject.Document.IsDeleting();
        OwnerLink[] before = change.Previous is { } previous ? OwnerLink.AllOf(previous.Document) : [];
        OwnerLink[] after = OwnerLink.AllOf(subject.Document);
        if (isDeleting || !after.SequenceEqual(before)) _work.Add(subject.Key);

        // An owner may have waited for a reference that blocks no longer.
        foreach (OwnerLink link in before.Where(link => link.Blocks).Except(after)) AddOwner(link, subject.Key);
    }

    private void AddOwner(OwnerLink link, ObjectKey dependent)
    {
        if (graph.KeyOf(link, dependent) is { } owner) _work.Add(owner);
    }

    private async Task StepAsync(ObjectKey key)
    {
        try
        {
            if (store.Get(key) is not { } current) return;
            if (current.Document.IsDeleting()) await FinishAsync(current);
            else await dependents.CollectAsync(current);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // One object that cannot be written or read must not keep all others.
            if (_failed.Count == 0) _failedAt = options.Time.GetTimestamp();
            _failed.Add(key);
            LogStepFailed(exception, key);
        }
    }

    /// <summary>Takes the next step of an object that is being deleted.</summary>
    private async Task FinishAsync(StoredObject deleting)
    {
        List<string> finalizers = deleting.Document.Metadata().TextList("finalizers");
        if (finalizers.Contains(ObjectDeletion.OrphanFinalizer)) await OrphanAsync(deleting);
        if (finalizers.Contains(ObjectDeletion.ForegroundFinalizer)) await WaitForDependentsAsync(deleting);
        if (deleting.Key.Resource == resources.Namespace && await namespaces.EmptyAsync(deleting)) _work.Add(deleting.Key);
    }

    private async Task OrphanAsync(StoredObject owner)
    {
        foreach (StoredObject dependent in graph.DependentsOf(owner))
        {
            await deletion.ChangeAsync(dependent, document => document.RemoveOwners(link => graph.Leads(link, dependent.Key, owner)));
        }

        await deletion.ChangeAsync(owner, document => RemoveFinalizer(document, ObjectDeletion.OrphanFinalizer));
    }

    private async Task WaitForDependentsAsync(StoredObject owner)
    {
        foreach (StoredObject dependent in graph.DependentsOf(owner))
        {
            if (!dependent.Document.IsDeleting()) _work.Add(dependent.Key);
        }

        // The last blocking dependent's removal leads back here.
        if (graph.IsBlocked(owner)) return;
        await deletion.ChangeAsync(owner, document => RemoveFinalizer(document, ObjectDeletion.ForegroundFinalizer));
    }

    private static void RemoveFinalizer(JsonObject document, string finalizer) => document.Metadata().SetTextList(
        "finalizers", [.. document.Metadata().TextList("finalizers").Where(name => name != finalizer)]);

    [LoggerMessage(LogLevel.Error, "Following the store's changes failed; the collector starts over with a sweep")]
    private partial void LogFollowFailed(Exception exception);

    [LoggerMessage(LogLevel.Error, "The collector could not take the next step for {Key}; it tries again")]
    private partial void LogStepFailed(Exception exception, ObjectKey key);
}
