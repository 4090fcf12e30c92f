namespace Trireme.Inference.Formats;

/// <summary>Rotary position embedding over halves of a head: dimension i turns with dimension i + Dimensions / 2.</summary>
public sealed record RopeConfig
{
    /// <summary>Base of the frequencies: frequency i is theta^(-2i / dimensions).</summary>
    public required double Theta { get; init; }

    /// <summary>How many of each head's dimensions turn, its first ones; all when null. Even.</summary>
    public int? Dimensions { get; init; }

    /// <summary>Null for no such scaling.</summary>
    public Llama3RopeScaling? Llama3 { get; init; }

    /// <summary>Null for no such scaling.</summary>
    public LongRopeScaling? LongRope { get; init; }

    /// <summary>What each frequency is divided by, as files give it that hold a scaling's result and not its settings.</summary>
    public IReadOnlyList<double>? FrequencyDivisors { get; init; }

    /// <summary>Divisors with positions divided by a factor too, which is linear scaling; null where nothing is divided.</summary>
    /// <param name="divisors">One per pair of dimensions that turn, or null.</param>
    /// <param name="factor">1 for none.</param>
    /// <param name="pairs">Pairs that turn.</param>
    internal static IReadOnlyList<double>? Stretch(IReadOnlyList<double>? divisors, double factor, int pairs) => factor == 1
        ? divisors
        : [.. Enumerable.Range(0, pairs).Select(pair => factor * (divisors?[pair] ?? 1))];
}

/// <summary>
/// Llama 3.1's frequency scaling: wavelengths above OriginalContextLength / LowFrequencyFactor are divided by Factor, those below
/// OriginalContextLength / HighFrequencyFactor are kept, and those between are interpolated.
/// </summary>
public sealed record Llama3RopeScaling
{
    public required double Factor { get; init; }

    public required double LowFrequencyFactor { get; init; }

    public required double HighFrequencyFactor { get; init; }

    public required int OriginalContextLength { get; init; }
}

/// <summary>
/// Phi-3's scaling (LongRoPE, Ding et al. 2024): each frequency is divided by a factor of its own, from the long list when the model
/// serves contexts beyond the original one and from the short list otherwise. The choice is made once for all sequences: one made by
/// each sequence's length would give a token's cached keys another angle as soon as its sequence grows past the original length.
/// </summary>
public sealed record LongRopeScaling
{
    /// <summary>One per pair of dimensions that turn.</summary>
    public required IReadOnlyList<double> ShortFactors { get; init; }

    /// <summary>One per pair of dimensions that turn.</summary>
    public required IReadOnlyList<double> LongFactors { get; init; }

    public required int OriginalContextLength { get; init; }

    /// <summary>What cosines and sines are multiplied by.</summary>
    public required double AttentionFactor { get; init; }
}
