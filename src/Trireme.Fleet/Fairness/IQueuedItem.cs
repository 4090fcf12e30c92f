namespace Trireme.Fleet.Fairness;

/// <summary>
/// What a fair queue must know of an item. The values stay as they are while the item waits; only the deadline may be lifted.
/// </summary>
public interface IQueuedItem
{
    /// <summary>Who shares the server with others by weight.</summary>
    string Tenant { get; }

    /// <summary>The tenant's share; above 0.</summary>
    double Weight { get; }

    /// <summary>A lower value is served earlier.</summary>
    int Priority { get; }

    /// <summary>Numbers the items in the order of their arrival; no two in one queue have the same.</summary>
    long Arrival { get; }

    /// <summary>What serving the item costs as far as it is known beforehand, in the unit of <see cref="FairQueue{T}.Charge"/>.</summary>
    long Cost { get; }

    /// <summary>An item that is not served by this time expires; null for one that waits for any time.</summary>
    long? Deadline { get; }
}
