using System.Text.Json.Serialization;
using Trireme.Contracts.Serialization;

namespace Trireme.Contracts.Resources;

/// <summary>Events of one cause that follow each other, of which one object stands for all.</summary>
public sealed record EventSeries
{
    /// <summary>How many there were until the last heartbeat.</summary>
    public int? Count { get; init; }

    /// <summary>When the last one was seen, to the microsecond.</summary>
    [JsonConverter(typeof(MicroTimestampConverter))]
    public DateTimeOffset? LastObservedTime { get; init; }
}
