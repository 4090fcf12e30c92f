namespace Trireme.Gateway.Accounting;

/// <summary>
/// Measures when the content of an answer arrives: the first after the request, the others after one another. It is observed at once
/// and not at the end of the request, because whoever watches a rollout or a load must not wait for the end of a long answer.
/// </summary>
internal sealed class StreamTiming(TimeProvider time, ReleaseMetrics metrics, long arrived, AnswerProgress progress)
{
    /// <summary>
    /// Pauses whose mean is one measurement for whoever compares releases. Chunks often come several at once, and the logarithm of no
    /// pause at all has no end.
    /// </summary>
    private const int PausesPerMean = 16;

    private long _last = arrived;
    private bool _started;
    private int _pauses;
    private TimeSpan _paused;

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
                ObserveMean(gap);
            }
            else
            {
                metrics.TimeToFirstToken.Observe(gap.TotalSeconds);
                metrics.TimeToFirstTokenLog.Observe(gap.TotalMicroseconds);
                progress.TimeToFirstToken = gap;
            }

            _started = true;
            gap = TimeSpan.Zero;
        }
    }

    private void ObserveMean(TimeSpan gap)
    {
        _paused += gap;
        if (++_pauses < PausesPerMean) return;
        metrics.InterTokenLatencyLog.Observe(_paused.TotalMicroseconds / PausesPerMean);
        (_pauses, _paused) = (0, TimeSpan.Zero);
    }
}
