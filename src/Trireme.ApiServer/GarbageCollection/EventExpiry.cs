using System.Globalization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Metrics;

namespace Trireme.ApiServer.GarbageCollection;

/// <summary>Removes Events that nobody looks up any longer, by age and by number, so that they never fill the store.</summary>
internal sealed partial class EventExpiry(
    ObjectStore store, ServedResources resources, ObjectDeletion deletion, ApiServerOptions options, ILogger<EventExpiry> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Counter _expired = options.Metrics.Counter(
        "trireme_apiserver_expired_events_total", "Events removed because of their age or their number.");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (resources.Find("events") is not { } events) return;
        using var timer = new PeriodicTimer(Interval, options.Time);
        while (await timer.WaitForNextTickAsync(stoppingToken)) await ExpireAsync(events);
    }

    private async Task ExpireAsync(ServedResource events)
    {
        try
        {
            DateTimeOffset horizon = options.Time.GetUtcNow() - options.Limits.EventRetention;
            StoredObject[] byAge = [.. store.List(new ListQuery(events, "")).Objects.OrderByDescending(LastSeen)];
            for (int i = 0; i < byAge.Length; i++)
            {
                if (i < options.Limits.MaxEvents && LastSeen(byAge[i]) >= horizon) continue;
                await deletion.DeleteAsync(byAge[i], DeletionPropagation.Background);
                _expired.With().Add();
            }
        }
        catch (Exception exception) when (exception is Microsoft.Data.Sqlite.SqliteException or IOException)
        {
            LogExpiryFailed(exception);
        }
    }

    private static DateTimeOffset LastSeen(StoredObject stored)
    {
        foreach (string field in (ReadOnlySpan<string>)["lastTimestamp", "eventTime", "metadata.creationTimestamp"])
        {
            string text = stored.Selectable.Field(field);
            bool known = DateTimeOffset.TryParse(
                text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset seen);
            if (known) return seen;
        }

        return DateTimeOffset.MinValue;
    }

    [LoggerMessage(LogLevel.Error, "Removing old events failed; the next attempt is in a minute")]
    private partial void LogExpiryFailed(Exception exception);
}
