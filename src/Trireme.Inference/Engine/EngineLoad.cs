namespace Trireme.Inference.Engine;

/// <summary>What gauges read while the engine runs. Kept apart from the engine, which the registry of metrics may outlive.</summary>
internal sealed class EngineLoad
{
    private int _arriving;
    private int _queued;
    private int _running;
    private double _cacheUsage;

    /// <summary>Requests that wait for a step: those the engine thread has not seen yet and those in the scheduler's queue.</summary>
    public int Waiting => Volatile.Read(ref _arriving) + Volatile.Read(ref _queued);

    public int Running => Volatile.Read(ref _running);

    public double CacheUsage => Volatile.Read(ref _cacheUsage);

    public void Arrive() => Interlocked.Increment(ref _arriving);

    /// <summary>Called by the engine thread after it handed requests to the scheduler and after each step.</summary>
    public void Update(int admitted, int queued, int running, double cacheUsage)
    {
        Volatile.Write(ref _queued, queued);
        Volatile.Write(ref _running, running);
        Volatile.Write(ref _cacheUsage, cacheUsage);
        Interlocked.Add(ref _arriving, -admitted);
    }
}
