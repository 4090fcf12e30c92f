namespace Trireme.Inference.Kernels;

internal enum WeightType
{
    BFloat16,
    Float32,
}

/// <summary>A row-major matrix of weights in memory that outlives it: a mapped file or a <see cref="NativeBuffer"/>.</summary>
internal sealed unsafe class WeightMatrix(byte* data, int rows, int columns, WeightType type)
{
    public byte* Data { get; } = data;

    public int Rows { get; } = rows;

    public int Columns { get; } = columns;

    public WeightType Type { get; } = type;

    public long ElementCount => (long)Rows * Columns;

    public long ByteLength => ElementCount * (Type == WeightType.BFloat16 ? BFloat16Format.BytesPerWeight : Float32Format.BytesPerWeight);

    /// <summary>Widens one row, such as a token's embedding.</summary>
    public void CopyRow(int row, Span<float> destination)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows, nameof(row));
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, Columns, nameof(destination));
        if (Type == WeightType.BFloat16)
        {
            CopyRow<BFloat16Format>(row, destination);
        }
        else
        {
            CopyRow<Float32Format>(row, destination);
        }
    }

    private void CopyRow<TFormat>(int row, Span<float> destination)
        where TFormat : IWeightFormat
    {
        byte* source = Data + ((long)row * Columns * TFormat.BytesPerWeight);
        for (int column = 0; column < Columns; column++) destination[column] = TFormat.Load(source, column);
    }
}
