using System.Text.Json;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Resources;

namespace Trireme.Kubernetes;

/// <summary>
/// A local copy of one kind that follows the server: it lists once, then watches from that revision, resumes after
/// interruptions, and lists again when the revision is no longer kept. Each difference between two snapshots is announced
/// once, by key only: whoever listens reads the newest snapshot and never acts on an event's content.
/// </summary>
public sealed partial class Informer<T>
    where T : class, IResource
{
    private readonly IResourceClient<T> _client;
    private readonly InformerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <summary>Its waiters go on where they wait, not on the thread pool, so that a run under virtual time stays in order.</summary>
    private readonly TaskCompletionSource _synced = new();

    private ResourceSnapshot<T> _snapshot = new();
    private string? _revision;

    public Informer(IResourceClient<T> client, ILogger<Informer<T>> logger, TimeProvider time, InformerOptions? options = null)
    {
        _client = client;
        _logger = logger;
        _time = time;
        _options = options ?? new InformerOptions();
    }

    /// <summary>Raised after the snapshot that contains the change is in place. Handlers must be quick: they hold up the watch.</summary>
    public event Action<ResourceKey>? Changed;

    /// <summary>
    /// The same with the object before and after, for those who need to know what a key that is gone belonged to. Null where there
    /// was or is none.
    /// </summary>
    public event Action<T?, T?>? Replaced;

    public ResourceSnapshot<T> Snapshot => Volatile.Read(ref _snapshot);

    public bool HasSynced => _synced.Task.IsCompleted;

    /// <summary>Waits until the first list is in the snapshot.</summary>
    public Task WaitForSyncAsync(CancellationToken cancellationToken = default) =>
        _synced.Task.WaitAsync(cancellationToken);

    /// <summary>Follows the server until cancelled. Call once.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        int failures = 0;
        while (!cancellationToken.IsCancellationRequested)
        {
            long started = _time.GetTimestamp();
            try
            {
                if (_revision is null) await ListAsync(cancellationToken);
                await WatchAsync(_revision!, cancellationToken);

                // A server that closes watches at once would otherwise be asked in a tight loop.
                failures = _time.GetElapsedTime(started) > TimeSpan.FromSeconds(1) ? 0 : failures + 1;
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (ApiException exception) when (exception.IsGone)
            {
                LogExpired(_client.Definition.Plural, _revision);
                _revision = null;
                failures++;
            }
            catch (Exception exception) when (
                exception is HttpRequestException or IOException or ApiException or JsonException or OperationCanceledException)
            {
                // What went silent may be silent again and again: only a list is sure to show what was written meanwhile.
                if (exception is OperationCanceledException) _revision = null;
                failures = _time.GetElapsedTime(started) > _options.Retry.Longest ? 1 : failures + 1;
                LogInterrupted(exception, _client.Definition.Plural, failures);
            }

            if (failures > 0) await PauseAsync(failures, cancellationToken);
        }
    }

    private async Task PauseAsync(int failures, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(_options.Retry.After(failures), _time, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The loop's condition ends the run.
        }
    }

    private async Task ListAsync(CancellationToken cancellationToken)
    {
        var next = new ResourceSnapshot<T>();
        string? token = null;
        string? revision;
        do
        {
            var options = new ListOptions { LabelSelector = _options.LabelSelector, Limit = _options.PageSize, Continue = token };
            ResourceList<T> page = await _client.ListAsync(_options.Namespace, options, cancellationToken);
            foreach (T item in page.Items) next = next.With(item);
            token = page.Metadata.Continue;
            revision = page.Metadata.ResourceVersion;
        }
        while (!string.IsNullOrEmpty(token));

        ResourceSnapshot<T> previous = Snapshot;
        _revision = revision ?? throw new JsonException("A list must have metadata.resourceVersion.");
        Volatile.Write(ref _snapshot, next);
        _synced.TrySetResult();
        foreach (T item in previous.Items)
        {
            var key = ResourceKey.Of(item);
            if (next.Find(key) is null) Announce(key, item, null);
        }

        foreach (T item in next.Items)
        {
            var key = ResourceKey.Of(item);
            T? known = previous.Find(key);
            if (known?.Metadata.ResourceVersion != item.Metadata.ResourceVersion) Announce(key, known, item);
        }
    }

    private async Task WatchAsync(string revision, CancellationToken cancellationToken)
    {
        // Servers send a bookmark about every minute. A connection that says nothing for longer is dead, whether anyone closed it or not.
        using var deadline = new CancellationTokenSource(_options.SilenceMax, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        var options = new ListOptions
        {
            LabelSelector = _options.LabelSelector,
            ResourceVersion = revision,
            Timeout = _options.WatchTimeout,
        };
        await foreach (WatchEvent<T> change in _client.WatchAsync(_options.Namespace, options, linked.Token))
        {
            if (change.Resource is { } resource) Absorb(change.Type, resource);
            _revision = change.ResourceVersion;
            deadline.CancelAfter(_options.SilenceMax);
        }
    }

    private void Absorb(WatchEventType type, T resource)
    {
        var key = ResourceKey.Of(resource);
        ResourceSnapshot<T> previous = Snapshot;
        T? known = previous.Find(key);
        if (type == WatchEventType.Deleted)
        {
            if (known is null) return;
            Volatile.Write(ref _snapshot, previous.Without(key));
        }
        else
        {
            // A resumed watch may repeat what the list already showed.
            if (known?.Metadata.ResourceVersion == resource.Metadata.ResourceVersion) return;
            Volatile.Write(ref _snapshot, previous.With(resource));
        }

        Announce(key, known, type == WatchEventType.Deleted ? null : resource);
    }

    private void Announce(ResourceKey key, T? before, T? after)
    {
        try
        {
            Replaced?.Invoke(before, after);
            Changed?.Invoke(key);
        }
        catch (Exception exception)
        {
            // A handler that throws is a bug of its own; the others and the watch go on.
            LogHandlerFailed(exception, _client.Definition.Plural, key);
        }
    }

    [LoggerMessage(LogLevel.Debug, "Revision {Revision} of {Plural} is no longer kept; listing again")]
    private partial void LogExpired(string plural, string? revision);

    [LoggerMessage(LogLevel.Warning, "Watching {Plural} was interrupted (failure {Failures} in a row); trying again")]
    private partial void LogInterrupted(Exception exception, string plural, int failures);

    [LoggerMessage(LogLevel.Error, "A handler of changes of {Plural} failed on {Key}")]
    private partial void LogHandlerFailed(Exception exception, string plural, ResourceKey key);
}
