using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.Hosting;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Selectors;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Watching;

/// <summary>
/// GET with watch=true: streams changes from a revision on. The protocol, whose steps the code numbers:
/// 1. subscribe, so that nothing committed from here on is missed;
/// 2. read the start (the objects or the changes since a revision) from a snapshot at revision S;
/// 3. stream what was read, then what is queued with a revision after S.
/// </summary>
internal sealed class WatchOperation(
    ObjectView view, AnswerTurns turns, ApiServerOptions options, ApiServerMetrics metrics, IHostApplicationLifetime lifetime)
{
    /// <summary>Kubernetes ends watches after 30 to 60 minutes, so that clients spread over the servers again.</summary>
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(30);

    /// <summary>How long a watch that was too slow may take for the last event, which says so.</summary>
    private static readonly TimeSpan FarewellTimeout = TimeSpan.FromSeconds(30);

    private int _open;

    public async Task<ResourceResponse> RunAsync(ApiRequest request)
    {
        try
        {
            bool full = Interlocked.Increment(ref _open) > options.Limits.MaxWatches;
            return full ? StatusErrors.TooManyWatches(options.Limits.MaxWatches) : await WatchAsync(request);
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private async Task<ResourceResponse> WatchAsync(ApiRequest request)
    {
        if (ReadOperation.ReadSelector(request).Failed(out StatusError? error, out Selector? selector)) return error;
        if (request.Name is { } name) selector = selector with { Fields = FieldSelector.ForName(name) };
        if (request.Revision().Failed(out error, out NumberParameter? revision)) return error;
        if (request.Number("timeoutSeconds").Failed(out error, out NumberParameter? seconds)) return error;
        if (ListOptions.FaultOfWatch(request) is { } fault) return fault;
        bool? initial = ListOptions.SendsInitialEvents(request);
        if (initial == true && revision.Value > view.Revision)
        {
            return StatusErrors.RevisionTooLarge(revision.Value.Value, view.Revision);
        }

        TimeSpan timeout = seconds.Value is > 0 ? TimeSpan.FromSeconds(Math.Min(seconds.Value.Value, 24 * 3600)) : DefaultTimeout;
        using var ended = new CancellationTokenSource(timeout, options.Time);
        using Subscription subscription = view.Subscribe(request.Resource, request.Namespace);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(
            ended.Token, request.Http.RequestAborted, lifetime.ApplicationStopping);
        using IDisposable counted = metrics.WatchStarted(request.Resource);

        // A write that is cut breaks the connection, so that one a slow client is stuck on may go on as long as the farewell after it.
        using CancellationTokenRegistration slow = subscription.OverflowToken.Register(() =>
        {
            metrics.WatcherDropped(request.Resource);
            ended.CancelAfter(FarewellTimeout);
        });

        var stream = new WatchStream(request, selector, options.Time);
        try
        {
            await StreamAsync(request, stream, subscription, revision.Value, stop.Token);
        }
        catch (StateGoneException)
        {
            await stream.ErrorAsync(StatusErrors.Expired("the objects at the start were read too slowly; list again"), stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The time is up, the client left or the server stops.
        }

        if (subscription.Overflowed) await EndOverflowedAsync(request, stream, stop.Token);
        return new StreamedResponse();
    }

    /// <summary>A clean end would look like a timeout; the client must notice that it did not keep up, and list again.</summary>
    private static async Task EndOverflowedAsync(ApiRequest request, WatchStream stream, CancellationToken stop)
    {
        try
        {
            await stream.ErrorAsync(StatusErrors.Expired("the watch fell too far behind; list again and watch from there"), stop);
        }
        catch (OperationCanceledException)
        {
            // It does not even take that: what it has not read by now is of no use to it.
            request.Http.Abort();
        }
    }

    private async Task StreamAsync(
        ApiRequest request, WatchStream stream, Subscription subscription, long? revision, CancellationToken stop)
    {
        request.Http.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        request.Http.Response.ContentType = RequestContent.Json;
        await request.Http.Response.StartAsync(stop);

        long? start = await ShowStartAsync(request, stream, revision, stop);
        if (start is not { } from) return;
        await stream.FlushAsync(stop);

        // How far a watch may lie behind has a bound of its own, whose end says why; the server's would only break the connection.
        if (request.Http.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate) rate.MinDataRate = null;
        await FollowAsync(request, stream, subscription, from, stop);
    }

    /// <summary>
    /// Shows what there is at the start and returns the revision that it is of; null if that cannot be told any more, which the client is
    /// told. A revision of zero means "any"; none, or zero, starts with the objects there are unless the client wants none of them.
    /// </summary>
    private async Task<long?> ShowStartAsync(ApiRequest request, WatchStream stream, long? revision, CancellationToken stop)
    {
        bool anyRevision = revision is null or 0;
        bool? initial = ListOptions.SendsInitialEvents(request);
        if (initial ?? anyRevision)
        {
            using IDisposable? turn = await turns.TryTakeAsync(request.User.Name, request.Http.Abort, stop);
            if (turn is null)
            {
                await stream.ErrorAsync(StatusErrors.TooManyAnswers(), stop);
                return null;
            }

            ObjectPage page = ObjectPage.Expired(view.Revision);
            foreach (ObjectPage next in view.Pages(ListQuery.Of(request.Resource, request.Namespace, stream.Selector)))
            {
                page = next;
                foreach (StoredObject stored in page.Objects) await stream.ObjectAsync(stored, stop);
            }

            // Who does not take bookmarks does not expect this one either.
            bool tellsEnd = initial == true && request.Switch("allowWatchBookmarks");
            if (tellsEnd) await stream.BookmarkAsync(page.Revision, endsInitialEvents: true, stop);
            return page.Revision;
        }

        if (anyRevision) return view.Revision;
        long start = revision!.Value;
        while (true)
        {
            ChangeHistory history = view.History(request.Resource, request.Namespace, start);
            if (history.IsExpired)
            {
                await stream.ErrorAsync(StatusErrors.Expired($"too old resource version: {start} ({history.Revision})"), stop);
                return null;
            }

            foreach (Change change in history.Changes) await stream.ChangeAsync(change, stop);
            start = history.Revision;
            if (history.IsComplete) return start;
        }
    }

    private async Task FollowAsync(ApiRequest request, WatchStream stream, Subscription subscription, long start, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(options.Limits.BookmarkInterval, options.Time);
        Task<bool> never = new TaskCompletionSource<bool>().Task;
        bool bookmarks = request.Switch("allowWatchBookmarks");
        Task<bool> bookmarkDue = bookmarks ? timer.WaitForNextTickAsync(stop).AsTask() : never;
        long seen = start;
        while (true)
        {
            Task<bool> more = subscription.Changes.WaitToReadAsync(stop).AsTask();
            await Task.WhenAny(more, bookmarkDue);
            if (more.IsCompleted && !await more) return;

            // Everything published up to this revision is queued already, so once the queue is empty it has been seen.
            long published = view.Revision;
            while (subscription.Changes.TryRead(out Change? change))
            {
                if (change.Revision <= start) continue;
                if (ObjectView.Show(request.Resource, change) is { } shown) await stream.ChangeAsync(shown, stop);
                seen = change.Revision;
            }

            seen = Math.Max(seen, published);
            if (bookmarkDue.IsCompleted)
            {
                await bookmarkDue;
                await stream.BookmarkAsync(seen, endsInitialEvents: false, stop);
                bookmarkDue = timer.WaitForNextTickAsync(stop).AsTask();
            }

            await stream.FlushAsync(stop);
        }
    }
}
