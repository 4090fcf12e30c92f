using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Timing;

namespace Trireme.ApiServer.GarbageCollection;

/// <summary>
/// Removes Events that nobody looks up any longer, by age and by number, so that they never fill the store. Their age is how long this
/// server has had them unchanged, by the steady clock: the times in them are those of clocks that anyone may set. One that was there at the
/// start counts from the start on.
/// </summary>
internal sealed partial class EventExpiry(
    ObjectStore store, ServedResources resources, ObjectDeletion deletion, ApiServerOptions options, ILogger<EventExpiry> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Counter _expired = options.Metrics.Counter(
        "trireme_apiserver_expired_events_total", "Events removed because of their age or their number.");

    // Of each event, the version that was seen last and when it was first seen; as many as there are events.
    private Dictionary<string, (long Revision, TimeSpan Since)> _seen = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (resources.Find("events") is not { } events) return;
        using var timer = new PeriodicTimer(Interval, options.Time);
        Look(events);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await ExpireAsync(events);
    }

    private async Task ExpireAsync(ServedResource events)
    {
        try
        {
            TimeSpan horizon = options.Time.GetSteadyTime() - options.Limits.EventRetention;
            StoredObject[] newestFirst = Look(events);
            for (int i = 0; i < newestFirst.Length; i++)
            {
                if (i < options.Limits.MaxEvents && _seen[newestFirst[i].Uid].Since >= horizon) continue;
                await deletion.DeleteAsync(newestFirst[i], DeletionPropagation.Background);
                _expired.With().Add();
            }
        }
        catch (Exception exception) when (exception is Microsoft.Data.Sqlite.SqliteException or IOException)
        {
            LogExpiryFailed(exception);
        }
    }

    /// <summary>All events, those changed last first, and since when each is as it is.</summary>
    private StoredObject[] Look(ServedResource events)
    {
        TimeSpan now = options.Time.GetSteadyTime();
        StoredObject[] found = [.. store.List(new ListQuery(events, "")).Objects.OrderByDescending(static stored => stored.Revision)];
        _seen = found.ToDictionary(static stored => stored.Uid, stored =>
            _seen.TryGetValue(stored.Uid, out (long Revision, TimeSpan Since) known) && known.Revision == stored.Revision
                ? known
                : (stored.Revision, now));
        return found;
    }

    [LoggerMessage(LogLevel.Error, "Removing old events failed; the next attempt is in a minute")]
    private partial void LogExpiryFailed(Exception exception);
}
