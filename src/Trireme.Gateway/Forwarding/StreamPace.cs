using Trireme.Gateway.Telemetry;

namespace Trireme.Gateway.Forwarding;

/// <summary>Measures when the content of a stream arrives: the first after the request, the others after one another.</summary>
internal sealed class StreamPace(TimeProvider time, ReleaseMetrics metrics, long arrived)
{
    private long _last = arrived;
    private bool _started;

    /// <summary>
    /// Events that came with one read came at the same time; the mean gap stays right, because the first carries the wait.
    /// </summary>
    public void Observe(int contentEvents)
    {
        if (contentEvents == 0) return;
        long now = time.GetTimestamp();
        double seconds = time.GetElapsedTime(_last, now).TotalSeconds;
        _last = now;
        for (int i = 0; i < contentEvents; i++)
        {
            if (_started) metrics.InterTokenLatency.Observe(seconds);
            else metrics.TimeToFirstToken.Observe(seconds);
            _started = true;
            seconds = 0;
        }
    }
}
