using System.Runtime.InteropServices;
using Trireme.Inference.Kernels;
using Trireme.Inference.Kernels.Packed;

namespace Trireme.Inference.Tests.Kernels.Packed;

/// <summary>A random packed matrix with inputs and bias.</summary>
internal sealed unsafe class PackedProblem : IDisposable
{
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
        _inputs = new LayerInput(_values.Pointer, tokens, columns, InputForms.Int8 | InputForms.Int16);
        for (int token = 0; token < tokens; token++) _inputs.Encode(token);
        _weights = new NativeBuffer(PackedLayout.ByteLength(type, rows, columns) / sizeof(float));
        Pack(Fill(random, rows * columns, extreme));
        if (extreme) MakeLowest();
    }

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
            magnitude += Math.Abs(term);
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

    private void Pack(NativeBuffer source)
    {
        using (source)
        {
            int groupBytes = (int)PackedLayout.GroupBytes(Type, Columns);
            for (int row = 0; row < Rows; row += PackedLayout.GroupRows)
            {
                int rows = Math.Min(PackedLayout.GroupRows, Rows - row);
                var group = new Span<byte>((byte*)_weights.Pointer + ((long)row / PackedLayout.GroupRows * groupBytes), groupBytes);
                Packing.Quantize(Type, source.Slice((long)row * Columns, rows * Columns), rows, Columns, group);
            }
        }
    }

    /// <summary>Sets many weights to the lowest number, which files may hold though quantising never makes -128, or the highest.</summary>
    private void MakeLowest()
    {
        int blockBytes = PackedLayout.BlockBytes(Type);
        for (long block = 0; block < _weights.ByteLength; block += blockBytes)
        {
            for (int i = PackedLayout.ScaleBytes; i < blockBytes; i++)
            {
                if (i % 3 == 0) ((byte*)_weights.Pointer)[block + i] = 0;
                if (i % 5 == 0) ((byte*)_weights.Pointer)[block + i] = 255;
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
