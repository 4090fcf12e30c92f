namespace Trireme.Inference.Kernels;

/// <summary>
/// Whether threads wait for cores, from how long they have waited so far. The share of the last moment's time counts; a pure function of
/// what it is told.
/// </summary>
internal sealed class CoreContention
{
    /// <summary>Shorter moments hold too few switches to say much.</summary>
    public const double MomentSeconds = 0.05;

    /// <summary>Threads that share a core with another wait for up to half of their time, those of a quiet machine hardly ever.</summary>
    private const double Share = 0.1;

    private double _lastSeconds = double.NegativeInfinity;
    private long? _lastNanoseconds;
    private bool? _isContended;

    /// <summary>Whether the last moment is over, so that the kernel should be asked.</summary>
    public bool IsDue(double nowSeconds) => nowSeconds - _lastSeconds >= MomentSeconds;

    /// <summary>Whether threads wait for cores; null where nobody says.</summary>
    /// <param name="waitedNanoseconds">How long all threads together have waited so far; null where the kernel does not say.</param>
    /// <param name="nowSeconds">The time, of any origin.</param>
    /// <param name="threads">How many wanted to run.</param>
    public bool? Update(long? waitedNanoseconds, double nowSeconds, int threads)
    {
        if (!IsDue(nowSeconds)) return _isContended;
        double passed = nowSeconds - _lastSeconds;
        // After a pause the kernel's count says nothing of now: threads count as running until they are seen waiting.
        bool isRecent = passed < 1 && _lastNanoseconds is not null;
        _isContended = waitedNanoseconds is not { } waited ? null
            : isRecent && (waited - _lastNanoseconds!.Value) * 1e-9 > passed * threads * Share;
        (_lastSeconds, _lastNanoseconds) = (nowSeconds, waitedNanoseconds);
        return _isContended;
    }
}
