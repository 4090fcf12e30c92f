namespace Trireme.Fleet.Tests.Fairness;

/// <summary>
/// The rules of the fair queue as plainly as they can be written: every question is answered from all items there are. Tenants are
/// never forgotten while any item is active.
/// </summary>
internal sealed class FairQueueModel
{
    private readonly Dictionary<string, double> _served = [];
    private readonly Dictionary<string, double> _weights = [];
    private double _virtualTime;

    public List<QueuedItem> Waiting { get; } = [];

    public List<QueuedItem> Active { get; } = [];

    public void Enter(QueuedItem item)
    {
        _weights[item.Tenant] = item.Weight;
        if (Active.All(other => other.Tenant != item.Tenant))
        {
            Advance();
            _served[item.Tenant] = Math.Max(_served.GetValueOrDefault(item.Tenant), _virtualTime);
        }

        Active.Add(item);
    }

    public void Leave(QueuedItem item)
    {
        Active.Remove(item);
        if (Active.Any(other => other.Tenant == item.Tenant)) return;
        Advance();
        if (Active.Count == 0) _served.Clear();
    }

    public void Charge(QueuedItem item, double cost) => _served[item.Tenant] += cost / _weights[item.Tenant];

    public QueuedItem? Next() =>
        Waiting
            .OrderBy(item => item.Priority)
            .ThenBy(item => _served[item.Tenant])
            .ThenBy(item => Active.Count(other => other.Tenant == item.Tenant) - Waiting.Count(other => other.Tenant == item.Tenant))
            .ThenBy(item => item.Arrival)
            .FirstOrDefault();

    public List<QueuedItem> TakeExpired(long now)
    {
        List<QueuedItem> expired = [.. Waiting.Where(item => item.Deadline <= now)];
        Waiting.RemoveAll(expired.Contains);
        return expired;
    }

    /// <summary>Time is what the least served tenant with work was given or, when none has work, the most that any was given.</summary>
    private void Advance()
    {
        if (_served.Count == 0) return;
        double now = Active.Count == 0 ? _served.Values.Max() : Active.Min(item => _served[item.Tenant]);
        _virtualTime = Math.Max(_virtualTime, now);
    }
}
