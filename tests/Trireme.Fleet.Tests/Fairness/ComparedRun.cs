using Trireme.Fleet.Fairness;

namespace Trireme.Fleet.Tests.Fairness;

/// <summary>Lets the same happen to a queue and to its model and holds their answers against each other.</summary>
internal sealed class ComparedRun
{
    private const int Tenants = 5;

    private readonly FairQueue<QueuedItem> _queue = new();
    private readonly FairQueueModel _model = new();
    private readonly List<QueuedItem> _served = [];
    private long _arrivals;
    private long _now;

    public void Apply(int kind, int which, int value)
    {
        switch (kind)
        {
            case < 4:
                Arrive(which, value);
                break;
            case < 7:
                ServeNext(value);
                break;
            case 7:
                if (Choose(_served, which) is { } done) Finish(done);
                break;
            case 8:
                if (Choose(_served, which) is { } preempted) PutBack(preempted, value);
                break;
            default:
                Expire(value);
                break;
        }

        Assert.Equal(_model.Next(), _queue.Peek());
        Assert.Equal(_model.Waiting.Count, _queue.Count);
        Assert.Equal(_model.Waiting.Sum(item => item.Cost), _queue.CostSum);
    }

    private static QueuedItem? Choose(List<QueuedItem> items, int which) => items.Count == 0 ? null : items[which % items.Count];

    private void Arrive(int which, int value)
    {
        int tenant = which % Tenants;
        var item = new QueuedItem($"tenant {tenant}", _arrivals++)
        {
            Weight = tenant + 1,
            Priority = value % 3,
            Cost = value,
            Deadline = value % 4 == 0 ? _now + value : null,
        };
        _queue.Enter(item);
        _model.Enter(item);
        _queue.Add(item);
        _model.Waiting.Add(item);
    }

    private void ServeNext(int cost)
    {
        if (_model.Next() is not { } next) return;
        _queue.Remove(next);
        _model.Waiting.Remove(next);
        Charge(next, cost);
        _served.Add(next);
    }

    private void Charge(QueuedItem item, int cost)
    {
        _queue.Charge(item, cost);
        _model.Charge(item, cost);
    }

    private void Finish(QueuedItem item)
    {
        _served.Remove(item);
        _queue.Leave(item);
        _model.Leave(item);
    }

    private void PutBack(QueuedItem item, int cost)
    {
        Charge(item, cost);
        _served.Remove(item);
        _queue.Add(item);
        _model.Waiting.Add(item);
    }

    private void Expire(int value)
    {
        _now += value;
        var expired = new List<QueuedItem>();
        _queue.TakeExpired(_now, expired);
        List<QueuedItem> expected = _model.TakeExpired(_now);
        Assert.Equal(expected.OrderBy(item => item.Arrival), expired.OrderBy(item => item.Arrival));
        foreach (QueuedItem item in expired)
        {
            _queue.Leave(item);
            _model.Leave(item);
        }
    }
}
