namespace Trireme.Contracts.Timing;

/// <summary>Pauses that double from failure to failure up to a limit.</summary>
public sealed record Backoff
{
    /// <summary>Pause after the first failure.</summary>
    public TimeSpan First { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan Longest { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Share of the pause that is random, from 0 to 1, so that many clients do not return at the same moment.</summary>
    public double Jitter { get; init; }

    /// <param name="failures">Failures in a row, at least 1.</param>
    public TimeSpan After(int failures)
    {
        // 2^40 times any pause is past every limit; the bound keeps the power finite.
        double pause = Math.Min(First.TotalSeconds * Math.Pow(2, Math.Clamp(failures - 1, 0, 40)), Longest.TotalSeconds);
#pragma warning disable CA5394 // Spreads load; nothing is secret.
        return TimeSpan.FromSeconds(pause * (1 - (Jitter * Random.Shared.NextDouble())));
#pragma warning restore CA5394
    }
}
