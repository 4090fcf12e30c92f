using Trireme.Inference.Kernels.Packed;

namespace Trireme.Inference.Kernels;

internal enum WeightType
{
    BFloat16,
    Float32,

    /// <summary>Eight bits and a scale per 32 columns, laid out as <see cref="PackedLayout"/> says, like all that follow.</summary>
    Int8,

    /// <summary>Four bits and a scale per 32 columns.</summary>
    Int4,

    /// <summary>Four bits, a scale and a minimum per 32 columns.</summary>
    Int4WithMinimum,

    /// <summary>Five bits, a scale and a minimum per 32 columns.</summary>
    Int5WithMinimum,

    /// <summary>Six bits and a scale per 16 columns.</summary>
    Int6,
}

/// <summary>
/// A matrix of weights in memory that outlives it: a mapped file or a <see cref="NativeBuffer"/>. Row-major, or packed by groups of rows.
/// </summary>
/// <param name="data">The weights; packed ones are aligned to a cache line.</param>
/// <param name="rows">Number of outputs.</param>
/// <param name="columns">Number of inputs.</param>
/// <param name="type">How the weights lie in memory.</param>
/// <param name="path">Instructions that multiply packed weights.</param>
internal sealed unsafe class WeightMatrix(byte* data, int rows, int columns, WeightType type, KernelPath path = KernelPath.Scalar)
{
    public byte* Data { get; } = data;

    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    public WeightType Type { get; } = type;

    public KernelPath Path { get; } = path;

    public bool IsPacked => Type is not (WeightType.BFloat16 or WeightType.Float32);

    public long ByteLength => Type switch
    {
        WeightType.BFloat16 => (long)Rows * Columns * BFloat16Format.BytesPerWeight,
        WeightType.Float32 => (long)Rows * Columns * Float32Format.BytesPerWeight,
        _ => PackedLayout.ByteLength(Type, Rows, Columns),
    };

    /// <summary>Widens one row, such as a token's embedding.</summary>
    public void CopyRow(int row, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, Columns, nameof(destination));
        switch (Type)
        {
            case WeightType.BFloat16:
                CopyRow<BFloat16Format>(row, destination);
                break;
            case WeightType.Float32:
                CopyRow<Float32Format>(row, destination);
                break;
            default:
                long groupBytes = PackedLayout.GroupBytes(Type, Columns);
                byte* group = Data + (row / PackedLayout.GroupRows * groupBytes);
                Unpacking.ReadRow(Type, group, row % PackedLayout.GroupRows, destination[..Columns]);
                break;
        }
    }

    private void CopyRow<TFormat>(int row, Span<float> destination)
        where TFormat : IWeightFormat
    {
        byte* source = Data + ((long)row * Columns * TFormat.BytesPerWeight);
        for (int column = 0; column < Columns; column++) destination[column] = TFormat.Load(source, column);
    }
}
