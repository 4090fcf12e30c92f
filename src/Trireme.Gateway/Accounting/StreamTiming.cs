using Trireme.Gateway.Pipeline;

namespace Trireme.Gateway.Accounting;

/// <summary>
/// Measures when the content of an answer arrives: the first after the request, the others after one another. It is observed at once
/// and not at the end of the request, because whoever watches a rollout or a load must not wait for the end of a long answer.
/// </summary>
internal sealed class StreamTiming(TimeProvider time, ReleaseMetrics metrics, GatewayRequest request)
{
    private long _last = request.Arrived;
    private bool _started;

    /// <summary>
    /// Events that came with one read came at the same time; the mean gap stays right, because the first carries the wait.
    /// </summary>
    public void Observe(int contentEvents)
    {
        if (contentEvents == 0) return;
        long now = time.GetTimestamp();
        TimeSpan gap = time.GetElapsedTime(_last, now);
        _last = now;
        for (int i = 0; i < contentEvents; i++)
        {
            if (_started)
            {
                metrics.InterTokenLatency.Observe(gap.TotalSeconds);
            }
            else
            {
                metrics.TimeToFirstToken.Observe(gap.TotalSeconds);
                request.Progress.TimeToFirstToken = gap;
            }

            _started = true;
            gap = TimeSpan.Zero;
        }
    }
}
