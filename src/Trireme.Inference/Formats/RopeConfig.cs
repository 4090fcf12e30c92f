namespace Trireme.Inference.Formats;

/// <summary>Rotary position embedding over halves of a head: dimension i turns with dimension i + head_dim / 2.</summary>
public sealed record RopeConfig
{
    /// <summary>Base of the frequencies: frequency i is theta^(-2i / head_dim).</summary>
    public required double Theta { get; init; }

    /// <summary>Null for unscaled frequencies.</summary>
    public Llama3RopeScaling? Llama3 { get; init; }
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
