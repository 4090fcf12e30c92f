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
    /// <param name="forms">What the weights read.</param>
    public LayerInput(float* values, int tokens, int columns, InputForms forms)
    {
        Values = values;
        Columns = columns;
        if (forms == InputForms.Single) return;
        _memory = new NativeBuffer(Floats(tokens, columns, forms));
        int blocks = PackedLayout.Blocks(columns);
        long allBlocks = (long)(tokens + SpareTokens) * blocks;
        var numbers = (sbyte*)_memory.Pointer;
        float* scales = _memory.Pointer + (allBlocks * PackedLayout.BlockColumns / sizeof(float));
        var sums = (int*)(scales + allBlocks);
        short* wide = forms.HasFlag(InputForms.Int16) ? (short*)(sums + allBlocks) : null;
        _quantized = new QuantizedRows(numbers, wide, scales, sums, blocks);
    }

    public float* Values { get; }

    public int Columns { get; }

    public bool IsQuantized => _memory is not null;

    /// <summary>Memory that an input takes besides its values.</summary>
    public static long Bytes(int tokens, int columns, InputForms forms) =>
        forms == InputForms.Single ? 0 : Floats(tokens, columns, forms) * sizeof(float);

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
            short* wide = row.Wide is null ? null : row.Wide + column;
            row.Sums[index] = BlockQuantizer.ToInt8(block, row.Values + column, wide, out row.Scales[index]);
        }
    }

    public void Dispose() => _memory?.Dispose();

    private static long Floats(int tokens, int columns, InputForms forms)
    {
        const int Numbers = PackedLayout.BlockColumns / sizeof(float);
        int perBlock = Numbers + 2 + (forms.HasFlag(InputForms.Int16) ? 2 * Numbers : 0);
        return (long)(tokens + SpareTokens) * PackedLayout.Blocks(columns) * perBlock;
    }
}
