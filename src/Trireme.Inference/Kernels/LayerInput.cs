using Trireme.Inference.Kernels.Packed;

namespace Trireme.Inference.Kernels;

/// <summary>
/// What the projections of a layer read: one row of floats per token and, where weights are packed, the same row quantised once for
/// all projections that share it. Who writes a row encodes it before the projections run. Blocks of 32 columns are independent, so
/// that threads may share a row.
/// </summary>
internal sealed unsafe class LayerInput : IDisposable
{
    /// <summary>Kernels read four tokens from any that exists.</summary>
    private const int SpareTokens = 3;

    private readonly NativeBuffer? _memory;
    private readonly QuantizedRows _quantized;

    /// <param name="values">Tokens x columns, in memory that outlives this.</param>
    /// <param name="tokens">Most tokens.</param>
    /// <param name="columns">Floats of a row.</param>
    /// <param name="quantized">Whether packed weights read it.</param>
    public LayerInput(float* values, int tokens, int columns, bool quantized)
    {
        Values = values;
        Columns = columns;
        if (!quantized) return;
        _memory = new NativeBuffer(Floats(tokens, columns));
        int blocks = PackedLayout.Blocks(columns);
        long allBlocks = (long)(tokens + SpareTokens) * blocks;
        var numbers = (sbyte*)_memory.Pointer;
        float* scales = _memory.Pointer + (allBlocks * PackedLayout.BlockColumns / sizeof(float));
        var sums = (int*)(scales + allBlocks);
        _quantized = new QuantizedRows(numbers, scales, sums, sums + allBlocks, blocks);
    }

    public float* Values { get; }

    public int Columns { get; }

    public bool IsQuantized => _memory is not null;

    /// <summary>Memory that an input takes besides its values.</summary>
    public static long Bytes(int tokens, int columns, bool quantized) => quantized ? Floats(tokens, columns) * sizeof(float) : 0;

    public float* Row(int token) => Values + ((long)token * Columns);

    /// <summary>The tokens from this one on, as kernels over packed weights read them.</summary>
    public QuantizedRows Quantized(int token) => _quantized.From(token);

    /// <summary>Quantises a token's row where weights want it so.</summary>
    public void Encode(int token) => Encode(token, 0, Columns);

    /// <summary>Quantises columns of a token's row: from a multiple of 32 up to another or the end of the row.</summary>
    public void Encode(int token, int firstColumn, int endColumn)
    {
        if (!IsQuantized) return;
        QuantizedRows row = _quantized.From(token);
        float* values = Row(token);
        float* padded = stackalloc float[PackedLayout.BlockColumns];
        for (int column = firstColumn; column < endColumn; column += PackedLayout.BlockColumns)
        {
            float* block = values + column;
            if (Columns - column < PackedLayout.BlockColumns)
            {
                new Span<float>(block, Columns - column).CopyTo(new Span<float>(padded, PackedLayout.BlockColumns));
                block = padded;
            }

            int index = column / PackedLayout.BlockColumns;
            row.Scales[index] = BlockQuantizer.ToInt8(block, row.Values + column, out row.Sums[index], out row.HalfSums[index]);
        }
    }

    public void Dispose() => _memory?.Dispose();

    private static long Floats(int tokens, int columns)
    {
        const int PerBlock = (PackedLayout.BlockColumns / sizeof(float)) + 3;
        return (long)(tokens + SpareTokens) * PackedLayout.Blocks(columns) * PerBlock;
    }
}
