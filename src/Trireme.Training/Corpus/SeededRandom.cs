namespace Trireme.Training.Corpus;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood 2014). The same seed gives the same numbers on every machine and runtime version,
/// which <see cref="Random"/> does not promise.
/// </summary>
internal sealed class SeededRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>An independent stream of the same seed, so that one use of randomness cannot shift another.</summary>
    public static SeededRandom Stream(int seed, string purpose)
    {
        // FNV-1a of the purpose, mixed with the seed.
        ulong hash = 14695981039346656037;
        foreach (char letter in purpose) hash = (hash ^ letter) * 1099511628211;
        return new SeededRandom(hash ^ ((ulong)(uint)seed * 0x9E3779B97F4A7C15));
    }

    public ulong NextUInt64()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>Uniform in [0, count).</summary>
    public int Next(int count) => (int)Math.BigMul(NextUInt64(), (ulong)count, out _);

    /// <summary>Uniform in [0, 1).</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Standard normal, by the Box-Muller transform.</summary>
    public double NextGaussian() =>
        Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    public bool Chance(double probability) => NextDouble() < probability;

    /// <summary>Fisher-Yates.</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (int i = items.Length - 1; i > 0; i--)
        {
            int j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }
}
