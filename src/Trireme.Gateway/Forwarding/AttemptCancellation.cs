namespace Trireme.Gateway.Forwarding;

/// <summary>
/// Ends what waits for a replica: one source for the client's leaving and for the replica's silence. A registration on the client's
/// token takes the place of a linked source, so that the source can be reset and used again.
/// </summary>
internal sealed class AttemptCancellation : IDisposable
{
    private readonly CancellationPool _pool;
    private readonly CancellationTokenSource _source;
    private CancellationTokenRegistration _clientLeft;
    private int _rented;

    public AttemptCancellation(CancellationPool pool, TimeProvider time)
    {
        _pool = pool;
        _source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
    }

    public CancellationToken Token => _source.Token;

    public void Begin(CancellationToken clientLeft)
    {
        _rented = 1;
        _clientLeft = clientLeft.UnsafeRegister(static state => ((AttemptCancellation)state!)._source.Cancel(), this);
    }

    /// <summary>Starts the time anew after which silence cancels.</summary>
    public void CancelAfterSilence(TimeSpan timeout) => _source.CancelAfter(timeout);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _rented, 0) == 0) return;
        // Waits for a cancellation that is under way, so that it never reaches the next user.
        _clientLeft.Dispose();
        if (_source.TryReset() && _pool.TryKeep(this)) return;
        _source.Dispose();
    }
}
