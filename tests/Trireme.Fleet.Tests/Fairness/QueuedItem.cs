using Trireme.Fleet.Fairness;

namespace Trireme.Fleet.Tests.Fairness;

/// <summary>An item of a queue under test.</summary>
internal sealed class QueuedItem(string tenant, long arrival) : IQueuedItem
{
    public string Tenant { get; } = tenant;

    public double Weight { get; init; } = 1;

    public int Priority { get; init; }

    public long Arrival { get; } = arrival;

    public long Cost { get; init; } = 1;

    public long? Deadline { get; init; }

    public override string ToString() => $"{Tenant} #{Arrival}, priority {Priority}, cost {Cost}";
}
