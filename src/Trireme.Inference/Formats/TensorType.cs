#pragma warning disable CA1707 // The names are those of the file formats.
namespace Trireme.Inference.Formats;

/// <summary>
/// How the elements of a tensor are stored, named as in the files. Types from <see cref="Q8_0"/> on come in blocks along a row: a
/// row is a whole number of blocks.
/// </summary>
public enum TensorType
{
    /// <summary>IEEE 754 single precision.</summary>
    F32,

    /// <summary>IEEE 754 half precision.</summary>
    F16,

    /// <summary>The upper half of a single.</summary>
    BF16,

    /// <summary>32 signed bytes and a half-precision scale.</summary>
    Q8_0,

    /// <summary>32 four-bit numbers around 8 and a half-precision scale.</summary>
    Q4_0,

    /// <summary>32 four-bit numbers, a half-precision scale and minimum.</summary>
    Q4_1,

    /// <summary>32 five-bit numbers around 16 and a half-precision scale.</summary>
    Q5_0,

    /// <summary>32 five-bit numbers, a half-precision scale and minimum.</summary>
    Q5_1,

    /// <summary>256 four-bit numbers in eight groups with six-bit scales and minimums.</summary>
    Q4_K,

    /// <summary>256 five-bit numbers in eight groups with six-bit scales and minimums.</summary>
    Q5_K,

    /// <summary>256 six-bit numbers in sixteen groups with eight-bit scales.</summary>
    Q6_K,
}

/// <summary>The sizes of tensor types.</summary>
public static class TensorTypes
{
    /// <summary>Elements that are stored together; 1 for plain numbers.</summary>
    public static int BlockElements(this TensorType type) => type switch
    {
        TensorType.F32 or TensorType.F16 or TensorType.BF16 => 1,
        TensorType.Q4_K or TensorType.Q5_K or TensorType.Q6_K => 256,
        _ => 32,
    };

    /// <summary>Bytes of one block.</summary>
    public static int BlockBytes(this TensorType type) => type switch
    {
        TensorType.F32 => 4,
        TensorType.F16 or TensorType.BF16 => 2,
        TensorType.Q8_0 => 34,
        TensorType.Q4_0 => 18,
        TensorType.Q4_1 => 20,
        TensorType.Q5_0 => 22,
        TensorType.Q5_1 => 24,
        TensorType.Q4_K => 144,
        TensorType.Q5_K => 176,
        TensorType.Q6_K => 210,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "No such type."),
    };
}
