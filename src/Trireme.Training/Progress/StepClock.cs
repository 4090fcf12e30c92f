namespace Trireme.Training.Progress;

/// <summary>Turns finished steps into speed, smoothed loss and time left.</summary>
internal sealed class StepClock(TimeProvider time, int tokensPerStep)
{
    // The last twenty or so steps count: fewer jump about, more lag behind.
    private const double Smoothing = 0.05;

    private readonly long _start = time.GetTimestamp();
    private long _lastStep = time.GetTimestamp();
    private double _secondsPerStep;
    private double _loss;

    public StepProgress After(int step, int steps, double loss)
    {
        double seconds = time.GetElapsedTime(_lastStep).TotalSeconds;
        _lastStep = time.GetTimestamp();
        double weight = Math.Max(Smoothing, 1.0 / step);
        _secondsPerStep += (seconds - _secondsPerStep) * weight;
        _loss += (loss - _loss) * weight;
        TimeSpan remaining = time.GetElapsedTime(_start) / step * (steps - step);
        return new StepProgress(step, steps, _loss, tokensPerStep / Math.Max(_secondsPerStep, 1e-9), remaining);
    }
}
