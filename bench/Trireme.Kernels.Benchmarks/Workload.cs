using System.Runtime.InteropServices;
using Trireme.Inference.Kernels;
using Trireme.Inference.Kernels.Packed;

namespace Trireme.Kernels.Benchmarks;

/// <summary>Matrices of one type, together larger than any cache, and inputs for them.</summary>
internal sealed unsafe class Workload : IDisposable
{
    public const int Rows = 8192;
    public const int Columns = 2048;
    public const int TokensMax = 256;
    private const long BytesMin = 400L << 20;

    private readonly NativeBuffer _weights;
    private readonly NativeBuffer _values = new((long)TokensMax * Columns);
    private readonly NativeBuffer _outputs = new((long)TokensMax * Rows);
    private readonly LayerInput _inputs;
    private readonly long _matrixBytes;

    public Workload(WeightType type)
    {
        Type = type;
        _matrixBytes = new WeightMatrix(null, Rows, Columns, type).ByteLength;
        Matrices = (int)((BytesMin + _matrixBytes - 1) / _matrixBytes);
        _weights = new NativeBuffer(Matrices * _matrixBytes / sizeof(float));
        var random = new Random(1);
        var one = new Span<byte>(_weights.Pointer, (int)_matrixBytes);
        FillMatrix(random, one);
        for (int i = 1; i < Matrices; i++) one.CopyTo(new Span<byte>((byte*)_weights.Pointer + (i * _matrixBytes), one.Length));
        foreach (ref float value in new Span<float>(_values.Pointer, TokensMax * Columns)) value = random.NextSingle() - 0.5f;
        _inputs = new LayerInput(_values.Pointer, TokensMax, Columns, quantized: true);
        for (int token = 0; token < TokensMax; token++) _inputs.Encode(token);
        new Span<float>(_outputs.Pointer, TokensMax * Rows).Clear();
    }

    public WeightType Type { get; }

    public int Matrices { get; }

    public byte* Data => (byte*)_weights.Pointer;

    public long Bytes => Matrices * _matrixBytes;

    public static double OperationsPerMatrix(int tokens) => 2.0 * Rows * Columns * tokens;

    /// <summary>Reads all weights; threads split them.</summary>
    public void Read(int thread, int threads) => Floors.Read(Data + (Bytes / threads * thread), Bytes / threads);

    /// <summary>Multiplies some matrices with the first tokens; threads split the rows.</summary>
    public void Multiply(KernelPath path, int matrices, int tokens, int thread, int threads)
    {
        (int first, int end) = Partition.Range(Rows, thread, threads, PackedLayout.BlockColumns);
        for (int i = 0; i < matrices; i++)
        {
            var matrix = new WeightMatrix(Data + (i * _matrixBytes), Rows, Columns, Type, path);
            if (matrix.IsPacked)
            {
                PackedMultiply.Run(matrix, null, _inputs.Quantized(0), _outputs.Pointer, Rows, tokens, first, end);
            }
            else
            {
                MatrixMultiply.Run(matrix, null, _inputs.Row(0), _outputs.Pointer, Rows, tokens, first, end);
            }
        }
    }

    public void Dispose()
    {
        _inputs.Dispose();
        _weights.Dispose();
        _values.Dispose();
        _outputs.Dispose();
    }

    private void FillMatrix(Random random, Span<byte> bytes)
    {
        if (Type == WeightType.BFloat16)
        {
            foreach (ref ushort half in MemoryMarshal.Cast<byte, ushort>(bytes)) half = (ushort)(0x3C00 + random.Next(512));
            return;
        }

        random.NextBytes(bytes);
        // Factors lie among the numbers; without the upper bits they are finite.
        foreach (ref byte part in bytes) part = (byte)((part & 0x3F) | 0x04);
    }
}
