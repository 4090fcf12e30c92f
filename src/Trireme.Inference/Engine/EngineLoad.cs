using Trireme.Inference.Generation;

namespace Trireme.Inference.Engine;

/// <summary>What gauges read while the engine runs. Kept apart from the engine, which the registry of metrics may outlive.</summary>
internal sealed class EngineLoad
{
    private int _arriving;
    private int _queued;
    private int _running;
    private long _arrivingTokens;
    private long _queuedTokens;
    private double _cacheUsage;
    private int _sleepLevel;

    /// <summary>Requests that wait for a step: those the engine thread has not seen yet and those in the scheduler's queue.</summary>
    public int Waiting => Volatile.Read(ref _arriving) + Volatile.Read(ref _queued);

    /// <summary>Prompt tokens of the requests that wait for their first step.</summary>
    public long WaitingTokens => Volatile.Read(ref _arrivingTokens) + Volatile.Read(ref _queuedTokens);

    public int Running => Volatile.Read(ref _running);

    public double CacheUsage => Volatile.Read(ref _cacheUsage);

    public SleepLevel SleepLevel
    {
        get => (SleepLevel)Volatile.Read(ref _sleepLevel);
        set => Volatile.Write(ref _sleepLevel, (int)value);
    }

    /// <summary>Notes a request whose answers share one prompt.</summary>
    public void Arrive(int answers, int promptTokens)
    {
        Interlocked.Add(ref _arriving, answers);
        Interlocked.Add(ref _arrivingTokens, promptTokens);
    }

    /// <summary>Notes that the scheduler has what arrived before.</summary>
    public void Admit(int answers, int promptTokens)
    {
        Interlocked.Add(ref _arriving, -answers);
        Interlocked.Add(ref _arrivingTokens, -promptTokens);
    }

    /// <summary>Called by the engine's thread after each step, and before <see cref="Admit"/> so that no request is missed.</summary>
    public void Update(int queued, long queuedTokens, int running, double cacheUsage)
    {
        Volatile.Write(ref _queued, queued);
        Volatile.Write(ref _queuedTokens, queuedTokens);
        Volatile.Write(ref _running, running);
        Volatile.Write(ref _cacheUsage, cacheUsage);
    }
}
