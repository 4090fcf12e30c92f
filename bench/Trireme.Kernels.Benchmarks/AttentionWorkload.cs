using Trireme.Inference.Kernels;

namespace Trireme.Kernels.Benchmarks;

/// <summary>The second product of attention and the softmax before it, over one span that lies in the first-level cache.</summary>
internal sealed unsafe class AttentionWorkload : IDisposable
{
    public const int Rows = 8;
    public const int Repeats = 2_000;

    private readonly int _blockSize;
    private readonly int _stride;
    private readonly int _span;
    private readonly NativeBuffer _values;
    private readonly NativeBuffer _rows;
    private readonly NativeBuffer _pointers;

    /// <param name="blockSize">Positions of a block.</param>
    /// <param name="stride">Numbers of a value.</param>
    /// <param name="span">Positions of the span, whole blocks.</param>
    public AttentionWorkload(int blockSize, int stride, int span)
    {
        (_blockSize, _stride, _span) = (blockSize, stride, span);
        _values = new NativeBuffer((long)span * stride);
        _rows = new NativeBuffer(Rows * (span + (2 * stride) + 2));
        _pointers = new NativeBuffer(2 * (span / blockSize));
        var random = new Random(2);
        foreach (ref float value in new Span<float>(_values.Pointer, span * stride)) value = random.NextSingle() - 0.5f;
        new Span<float>(_rows.Pointer, Rows * (span + (2 * stride) + 2)).Clear();
        for (int block = 0; block < span / blockSize; block++)
        {
            ((byte**)_pointers.Pointer)[block] = (byte*)(_values.Pointer + ((long)block * blockSize * stride));
        }
    }

    public double SumOperations => 2.0 * Rows * _span * _stride * Repeats;

    public double SoftmaxNumbers => (double)Rows * _span * Repeats;

    public void Sum()
    {
        float* sums = _rows.Pointer + (Rows * _span);
        for (int i = 0; i < Repeats; i++)
        {
            AttentionSums.Run<Float32KvFormat>(
                (byte**)_pointers.Pointer, _blockSize, _stride, 0, _span, _rows.Pointer, _span, Rows, sums);
        }
    }

    public void Softmax()
    {
        var rows = new AttentionRows(_rows.Pointer, Rows, new KvLayer(data: null, new KvLayout(_blockSize, 1, _stride)), _span);
        for (int i = 0; i < Repeats; i++)
        {
            for (int row = 0; row < Rows; row++) OnlineSoftmax.Add(rows, row, 0, _span, cap: 0);
        }
    }

    public void Dispose()
    {
        _values.Dispose();
        _rows.Dispose();
        _pointers.Dispose();
    }
}
