using Trireme.Inference.Generation;

namespace Trireme.Inference.Engine;

/// <summary>
/// Carries requests to sleep and to wake from their senders to the engine's thread, one at a time. From the request to sleep on,
/// inference requests are refused: one that waited here would wait for another client to wake the engine, whereas its sender can do so.
/// </summary>
internal sealed class SleepControl(Lock gate, Action wakeThread)
{
    private SleepRequest? _request;
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
    public bool RefusesRequests => _level != SleepLevel.Awake || _request is { Level: not SleepLevel.Awake };

    /// <summary>The request that is not carried out yet.</summary>
    public SleepRequest? Request
    {
        get
        {
            lock (gate) return _request;
        }
    }

    /// <summary>Sends a request and waits until it is carried out.</summary>
    public async Task RequestAsync(SleepLevel level, SleepMode mode, CancellationToken cancellationToken)
    {
        var request = new SleepRequest(level, mode);
        while (FindEarlier(request) is { } earlier)
        {
            // Whatever becomes of the earlier request, this one still has to be handled.
            await earlier.Done.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }

        await using CancellationTokenRegistration left = cancellationToken.Register(() => Withdraw(request, cancellationToken));
        await request.Done;
    }

    /// <summary>Notes that the request was carried out.</summary>
    public void Complete(SleepRequest request)
    {
        lock (gate)
        {
            _level = request.Level;
            _request = null;
        }

        request.Complete();
    }

    /// <summary>Notes that the request could not be carried out; the engine stays as it was.</summary>
    public void Fail(SleepRequest request, Exception exception)
    {
        lock (gate) _request = null;
        request.Fail(exception);
    }

    /// <summary>Ends the request that waits, if any, and refuses others. Called while the gate is held.</summary>
    public void End(string reason)
    {
        _ended = reason;
        _request?.Fail(new InvalidOperationException(reason));
        _request = null;
    }

    /// <summary>The request to wait for; null once this one stands or has nothing to change.</summary>
    private SleepRequest? FindEarlier(SleepRequest request)
    {
        lock (gate)
        {
            if (_ended is not null) throw new InvalidOperationException(_ended);
            if (_request is not null) return _request;
            // A light sleep asks nothing of an engine that sleeps deeply already.
            bool isDone = request.Level == _level || (request.Level != SleepLevel.Awake && request.Level < _level);
            if (isDone)
            {
                request.Complete();
            }
            else
            {
                _request = request;
                wakeThread();
            }

            return null;
        }
    }

    private void Withdraw(SleepRequest request, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            // The engine's thread is carrying it out already.
            if (_request != request || request.IsTaken) return;
            _request = null;
        }

        request.Cancel(cancellationToken);
    }

    /// <summary>Takes the request for good: it can no longer be withdrawn. False when it has been.</summary>
    public bool TryTake(SleepRequest request)
    {
        lock (gate)
        {
            if (_request != request) return false;
            request.IsTaken = true;
            return true;
        }
    }
}

/// <summary>A request to be at a level.</summary>
internal sealed class SleepRequest(SleepLevel level, SleepMode mode)
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
