using System.Runtime.InteropServices;
using Trireme.Inference.Kernels;
using Trireme.Inference.Kernels.Packed;

namespace Trireme.Inference.Tests.Kernels.Packed;

/// <summary>A random packed matrix with inputs and bias.</summary>
internal sealed unsafe class PackedProblem : IDisposable
{
    private const float FactorMax = 0.05f;

    private readonly NativeBuffer _weights;
    private readonly NativeBuffer _values;
    private readonly NativeBuffer _bias;
    private readonly LayerInput _inputs;

    /// <param name="rows">Outputs.</param>
    /// <param name="columns">Inputs.</param>
    /// <param name="tokens">Rows of inputs.</param>
    /// <param name="type">A packed type.</param>
    /// <param name="extreme">Numbers at the ends of their ranges, which bring products to the edge of 16 bits.</param>
    public PackedProblem(int rows, int columns, int tokens, WeightType type, bool extreme = false)
    {
        var random = new Random(rows + (columns * 31) + tokens);
        Rows = rows;
        Columns = columns;
        Tokens = tokens;
        Type = type;
        _values = Fill(random, tokens * columns, extreme);
        _bias = Fill(random, rows, extreme: false);
        _inputs = new LayerInput(_values.Pointer, tokens, columns, quantized: true);
        for (int token = 0; token < tokens; token++) _inputs.Encode(token);
        _weights = new NativeBuffer(PackedLayout.ByteLength(type, rows, columns) / sizeof(float));
        FillBlocks(random, extreme);
    }

    public static WeightType[] Types { get; } =
        [WeightType.Int8, WeightType.Int6, WeightType.Int5WithMinimum, WeightType.Int4WithMinimum, WeightType.Int4];

    public int Rows { get; }

    public int Columns { get; }

    public int Tokens { get; }

    public WeightType Type { get; }

    public LayerInput Inputs => _inputs;

    public WeightMatrix Matrix(KernelPath path) => new((byte*)_weights.Pointer, Rows, Columns, Type, path);

    public float[] Multiply(KernelPath path) => Multiply(path, 0, Tokens);

    public float[] Multiply(KernelPath path, int firstToken, int tokens)
    {
        var outputs = new float[tokens * Rows];
        Multiply(path, firstToken, tokens, 0, Rows, outputs);
        return outputs;
    }

    public void Multiply(KernelPath path, int firstToken, int tokens, int firstRow, int endRow, float[] outputs)
    {
        fixed (float* output = outputs)
        {
            PackedMultiply.Run(
                Matrix(path), _bias.Pointer, _inputs.Quantized(firstToken), output, Rows, tokens, firstRow, endRow);
        }
    }

    /// <summary>The product of the quantised numbers in double precision, and the sum of its terms' magnitudes.</summary>
    public (double Sum, double Magnitude) Exact(int token, int row)
    {
        var weights = new float[Columns];
        Matrix(KernelPath.Scalar).CopyRow(row, weights);
        QuantizedRows inputs = _inputs.Quantized(token);
        double sum = _bias.Pointer[row], magnitude = Math.Abs(sum);
        for (int column = 0; column < Columns; column++)
        {
            double term = (double)weights[column] * inputs.Values[column] * inputs.Scales[column / PackedLayout.BlockColumns];
            sum += term;
            // A weight near its minimum is the small difference of two larger products.
            magnitude += Math.Abs(term) + Math.Abs(FactorMax * inputs.Values[column] * inputs.Scales[column / PackedLayout.BlockColumns]);
        }

        return (sum, magnitude);
    }

    public static uint[] Bits(ReadOnlySpan<float> values) => MemoryMarshal.Cast<float, uint>(values).ToArray();

    public void Dispose()
    {
        _inputs.Dispose();
        _weights.Dispose();
        _values.Dispose();
        _bias.Dispose();
    }

    /// <summary>Random bits for numbers, at the edge mostly the lowest and the highest; finite factors.</summary>
    private void FillBlocks(Random random, bool extreme)
    {
        int blockBytes = PackedLayout.BlockBytes(Type);
        int headerBytes = Type is WeightType.Int8 or WeightType.Int4 ? PackedLayout.FactorBytes : 2 * PackedLayout.FactorBytes;
        for (long start = 0; start < _weights.ByteLength; start += blockBytes)
        {
            var block = new Span<byte>((byte*)_weights.Pointer + start, blockBytes);
            random.NextBytes(block);
            foreach (ref Half factor in MemoryMarshal.Cast<byte, Half>(block[..headerBytes]))
            {
                factor = (Half)((random.NextSingle() - 0.5f) * 2 * FactorMax);
            }

            if (!extreme) continue;
            Span<byte> chunks = block[headerBytes..];
            for (int i = 0; i < chunks.Length; i++)
            {
                if (i % 3 == 0) chunks[i] = 0;
                if (i % 3 == 1 || i % 5 == 0) chunks[i] = 255;
            }
        }
    }

    private static NativeBuffer Fill(Random random, int length, bool extreme)
    {
        var buffer = new NativeBuffer(length);
        foreach (ref float value in buffer.Slice(0, length))
        {
            value = extreme ? (random.Next(8) == 0 ? -1 : 1) : (random.NextSingle() * 2) - 1;
        }

        return buffer;
    }
}
