using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;

namespace Trireme.Kubernetes;

public enum EventType
{
    Normal,
    Warning,
}

/// <summary>
/// Writes what happened to an object as Kubernetes Events. Recording never waits: events pass through a bounded queue, and what
/// does not fit is counted. The same event again raises the count of the first one.
/// </summary>
public sealed partial class EventRecorder
{
    private const int QueueCapacity = 1000;
    private const int RememberedEvents = 4096;

    /// <summary>How long a repeated event raises the count of the first; Kubernetes keeps events for an hour.</summary>
    private static readonly TimeSpan AggregationWindow = TimeSpan.FromMinutes(50);

    /// <summary>How long events are written on after the end.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    private readonly IResourceClient<Event> _client;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Counter.Series _dropped;
    private readonly Channel<Occurrence> _queue = Channel.CreateBounded<Occurrence>(
        new BoundedChannelOptions(QueueCapacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly Dictionary<Occurrence, Recorded> _recorded = [];

    public EventRecorder(IResourceClient<Event> client, MetricRegistry metrics, ILogger<EventRecorder> logger, TimeProvider time)
    {
        _client = client;
        _time = time;
        _logger = logger;
        _dropped = metrics.Counter(
            OperatorMetricNames.EventsDropped, "Events that were not recorded because too many came at once.").With();
    }

    /// <param name="about">The object something happened to.</param>
    /// <param name="type">Warning for what a person should look at.</param>
    /// <param name="reason">Stable cause in CamelCase.</param>
    /// <param name="message">One sentence for people.</param>
    public void Record(IResource about, EventType type, string reason, string message)
    {
        var occurrence = new Occurrence(
            about.ApiVersion, about.Kind, about.Metadata.Namespace ?? "", about.Metadata.Name, about.Metadata.Uid, type, reason, message);
        if (!_queue.Writer.TryWrite(occurrence)) _dropped.Add();
    }

    /// <summary>
    /// Writes events until cancelled, then those still queued as far as the grace time lasts. The write that is under way is not cut off:
    /// nobody would know what became of it.
    /// </summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var end = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _time);
        await using CancellationTokenRegistration _ = cancellationToken.Register(() => end.CancelAfter(Grace));
        try
        {
            while (await _queue.Reader.WaitToReadAsync(cancellationToken)) await FlushAsync(end.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await FlushAsync(end.Token);
        }
    }

    private async Task FlushAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested && _queue.Reader.TryRead(out Occurrence? occurrence))
        {
            try
            {
                await WriteAsync(occurrence, cancellationToken);
            }
            catch (Exception exception) when (
                exception is ApiException or HttpRequestException or IOException or OperationCanceledException)
            {
                // An event is news, not state: losing one when the server is away is better than holding back the next.
                _dropped.Add();
                LogLost(exception, occurrence.Kind, occurrence.Name, occurrence.Reason);
            }
        }
    }

    private async Task WriteAsync(Occurrence occurrence, CancellationToken cancellationToken)
    {
        DateTimeOffset now = _time.GetUtcNow();
        if (_recorded.TryGetValue(occurrence, out Recorded? earlier)
            && _time.GetElapsedTime(earlier.FirstTimestamp) < AggregationWindow
            && await TryRaiseCountAsync(occurrence, earlier, now, cancellationToken))
        {
            return;
        }

        if (_recorded.Count >= RememberedEvents) _recorded.Clear();
        Event created = await _client.CreateAsync(ToEvent(occurrence, now), cancellationToken);
        _recorded[occurrence] = new Recorded(ResourceKey.Of(created), _time.GetTimestamp(), 1);
    }

    private async Task<bool> TryRaiseCountAsync(
        Occurrence occurrence, Recorded earlier, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var patch = new JsonObject
        {
            ["count"] = earlier.Count + 1,
            ["lastTimestamp"] = now.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        };
        try
        {
            await _client.PatchAsync(earlier.Key, patch, cancellationToken);
        }
        catch (ApiException exception) when (exception.IsNotFound)
        {
            return false;
        }

        _recorded[occurrence] = earlier with { Count = earlier.Count + 1 };
        return true;
    }

    private static Event ToEvent(Occurrence occurrence, DateTimeOffset now)
    {
        string @namespace = occurrence.Namespace.Length > 0 ? occurrence.Namespace : TriremeApi.DefaultNamespace;
        return new Event
        {
            Metadata = new ObjectMeta
            {
                Name = $"{occurrence.Name[..Math.Min(occurrence.Name.Length, 200)]}.{Guid.NewGuid():N}",
                Namespace = @namespace,
            },
            InvolvedObject = new ObjectReference
            {
                ApiVersion = occurrence.ApiVersion,
                Kind = occurrence.Kind,
                Namespace = @namespace,
                Name = occurrence.Name,
                Uid = occurrence.Uid,
            },
            Type = occurrence.Type.ToString(),
            Reason = occurrence.Reason,
            Message = occurrence.Message,
            Count = 1,
            FirstTimestamp = now,
            LastTimestamp = now,
            Source = new EventSource { Component = ResourceClients.DefaultFieldManager },
            ReportingComponent = ResourceClients.DefaultFieldManager,
            ReportingInstance = Environment.MachineName,
        };
    }

    private sealed record Occurrence(
        string ApiVersion, string Kind, string Namespace, string Name, string? Uid, EventType Type, string Reason, string Message);

    private sealed record Recorded(ResourceKey Key, long FirstTimestamp, int Count);

    [LoggerMessage(LogLevel.Debug, "The event {Reason} of {Kind} {Name} was lost")]
    private partial void LogLost(Exception exception, string kind, string name, string reason);
}
