namespace Trireme.Inference.Sampling;

/// <summary>
/// Random numbers by position instead of by state: number n of a seed is SplitMix64's n-th output (Steele, Lea and Flood 2014). A
/// request therefore draws the same numbers whatever runs beside it and however often it is preempted.
/// </summary>
internal static class CounterRandom
{
    private const ulong GoldenGamma = 0x9E3779B97F4A7C15;

    /// <summary>A number from 0, inclusive, to 1, exclusive.</summary>
    public static double Uniform(long seed, int position)
    {
        // The seed is mixed first: seeds that differ by a multiple of the step would otherwise give shifted copies of one stream.
        ulong bits = Mix(Mix((ulong)seed) + ((ulong)(position + 1) * GoldenGamma));
        return (bits >> 11) * (1.0 / (1UL << 53));
    }

    private static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
