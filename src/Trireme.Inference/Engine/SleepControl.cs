using Trireme.Inference.Generation;

namespace Trireme.Inference.Engine;

/// <summary>
/// Carries orders to sleep and to wake from their givers to the engine's thread, one at a time. From the order to sleep on, further
/// requests are refused: one that waited here would wait for somebody else to wake the engine, whereas its sender can do so.
/// </summary>
internal sealed class SleepControl(Lock gate, Action wakeThread)
{
    private SleepOrder? _order;
    private SleepLevel _level;
    private string? _ended;

    /// <summary>How deep the engine sleeps; changed by its thread.</summary>
    public SleepLevel Level
    {
        get
        {
            lock (gate) return _level;
        }
    }

    /// <summary>Whether requests are refused; read while the gate is held.</summary>
    public bool RefusesRequests => _level != SleepLevel.Awake || _order is { Level: not SleepLevel.Awake };

    /// <summary>The order that is not carried out yet.</summary>
    public SleepOrder? Order
    {
        get
        {
            lock (gate) return _order;
        }
    }

    /// <summary>Gives an order and waits until it is carried out.</summary>
    public async Task GiveAsync(SleepLevel level, SleepMode mode, CancellationToken cancellationToken)
    {
        var order = new SleepOrder(level, mode);
        while (FindEarlier(order) is { } earlier)
        {
            // Whatever becomes of the earlier order, this one still has to be looked at.
            await earlier.Done.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }

        await using CancellationTokenRegistration left = cancellationToken.Register(() => Withdraw(order, cancellationToken));
        await order.Done;
    }

    /// <summary>Notes that the order was carried out.</summary>
    public void Complete(SleepOrder order)
    {
        lock (gate)
        {
            _level = order.Level;
            _order = null;
        }

        order.Complete();
    }

    /// <summary>Notes that the order could not be carried out; the engine stays as it was.</summary>
    public void Fail(SleepOrder order, Exception exception)
    {
        lock (gate) _order = null;
        order.Fail(exception);
    }

    /// <summary>Ends the order that waits, if any, and refuses others. Called while the gate is held.</summary>
    public void End(string reason)
    {
        _ended = reason;
        _order?.Fail(new InvalidOperationException(reason));
        _order = null;
    }

    /// <summary>The order to wait for; null once this one stands or has nothing to change.</summary>
    private SleepOrder? FindEarlier(SleepOrder order)
    {
        lock (gate)
        {
            if (_ended is not null) throw new InvalidOperationException(_ended);
            if (_order is not null) return _order;
            // A light sleep asks nothing of an engine that sleeps deeply already.
            bool isDone = order.Level == _level || (order.Level != SleepLevel.Awake && order.Level < _level);
            if (isDone)
            {
                order.Complete();
            }
            else
            {
                _order = order;
                wakeThread();
            }

            return null;
        }
    }

    private void Withdraw(SleepOrder order, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            // The engine's thread is carrying it out already.
            if (_order != order || order.IsTaken) return;
            _order = null;
        }

        order.Cancel(cancellationToken);
    }

    /// <summary>Takes the order for good: it can no longer be withdrawn. False when it has been.</summary>
    public bool TryTake(SleepOrder order)
    {
        lock (gate)
        {
            if (_order != order) return false;
            order.IsTaken = true;
            return true;
        }
    }
}

/// <summary>An order to be at a level.</summary>
internal sealed class SleepOrder(SleepLevel level, SleepMode mode)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public SleepLevel Level { get; } = level;

    public SleepMode Mode { get; } = mode;

    public bool IsTaken { get; set; }

    public Task Done => _done.Task;

    public void Complete() => _done.TrySetResult();

    public void Fail(Exception exception) => _done.TrySetException(exception);

    public void Cancel(CancellationToken cancellationToken) => _done.TrySetCanceled(cancellationToken);
}
