using Trireme.Inference.Engine;
using Trireme.Inference.Formats;
using Trireme.Inference.Kernels;

namespace Trireme.Inference.Models;

/// <summary>
/// Turns tensors into weights of the wanted precision. bfloat16 and float32 matrices that may stay what they are, are read in place
/// from the mapped file; everything else is converted into memory of its own and its pages of the file are given back.
/// </summary>
internal sealed unsafe class WeightLoader(TensorSet tensors, WeightOptions? options = null) : IDisposable
{
    private readonly WeightOptions _options = options ?? WeightOptions.Default;
    private readonly List<NativeBuffer> _owned = [];
    private readonly WeightMemory _memory = new();
    private readonly HashSet<string> _used = [];

    public long ParameterCount { get; private set; }

    public long ByteLength { get; private set; }

    /// <summary>Whether some weights loaded so far are packed, which read quantised inputs.</summary>
    public bool QuantizesInputs { get; private set; }

    /// <summary>The embedding or output matrix, which four-bit precision leaves at eight.</summary>
    public WeightMatrix Matrix(string name, int rows, int columns) =>
        Matrix(name, rows, columns, _options.Precision == WeightPrecision.Int4 ? WeightPrecision.Int8 : _options.Precision, Range.All);

    public NativeBuffer Vector(string name, int length, Range? part = null)
    {
        (int first, int count) = (part ?? Range.All).GetOffsetAndLength(length);
        NativeBuffer vector = Widen(Use(tensors.Get(name, length)), first, count);
        ByteLength += vector.ByteLength;
        return vector;
    }

    /// <summary>
    /// A projection with its bias when the file has one, or some of its outputs: files fuse projections by putting one below the other.
    /// </summary>
    public LinearLayer Linear(string name, int outputs, int inputs, bool biasRequired, Range? part = null)
    {
        Range rows = part ?? Range.All;
        return new(Matrix(name + ".weight", outputs, inputs, _options.Precision, rows), Bias(name, outputs, biasRequired, rows));
    }

    /// <summary>The projection to logits.</summary>
    public LinearLayer Output(string name, int outputs, int inputs) =>
        new(Matrix(name + ".weight", outputs, inputs), Bias(name, outputs, required: false, Range.All));

    /// <summary>Leaves a tensor aside that repeats others.</summary>
    public void Ignore(string name) => _used.Add(name);

    /// <summary>A weight left over means that the model computes something this engine does not, so its answers would be wrong.</summary>
    public void RefuseUnused()
    {
        foreach (ModelTensor tensor in tensors.Tensors)
        {
            // Older checkpoints store the rotary frequencies, which the configuration gives as well.
            if (_used.Contains(tensor.Name) || tensor.Name.EndsWith(".rotary_emb.inv_freq", StringComparison.Ordinal)) continue;
            throw new ModelFormatException(
                tensors.Name,
                $"the tensor \"{tensor.Name}\" is not part of the architecture the model names.",
                "Convert the model to plain weights, merging adapters and quantisation, or serve it with another engine.");
        }
    }

    public void Dispose()
    {
        foreach (NativeBuffer buffer in _owned) buffer.Dispose();
        _memory.Dispose();
    }

    private WeightMatrix Matrix(string name, int rows, int columns, WeightPrecision precision, Range part)
    {
        ModelTensor tensor = Use(tensors.Get(name, rows, columns));
        (int first, int count) = part.GetOffsetAndLength(rows);
        long skipped = (long)first * columns;
        WeightType type = TypeOf(tensor.Type, precision);
        WeightMatrix matrix = (tensor.Type, type) switch
        {
            _ when _options.MeasureOnly => new(data: null, count, columns, type, _options.Kernels.For(type)),
            (TensorType.BF16, WeightType.BFloat16) when tensor.RowsInOrder =>
                new(tensor.Data + (skipped * sizeof(ushort)), count, columns, type),
            (TensorType.F32, WeightType.Float32) when tensor.RowsInOrder =>
                new(tensor.Data + (skipped * sizeof(float)), count, columns, type),
            (_, WeightType.Float32) => new((byte*)Widen(tensor, skipped, (long)count * columns).Pointer, count, columns, type),
            _ => Convert(tensor, first, count, type),
        };
        QuantizesInputs |= matrix.IsPacked;
        ByteLength += matrix.ByteLength;
        return matrix;
    }

    private static WeightType TypeOf(TensorType stored, WeightPrecision precision) => (precision, stored) switch
    {
        (WeightPrecision.Float32, _) => WeightType.Float32,
        (WeightPrecision.BFloat16, _) => WeightType.BFloat16,
        (WeightPrecision.Int8, _) => WeightType.Int8,
        (WeightPrecision.Int4, _) => WeightType.Int4,
        (_, TensorType.BF16) => WeightType.BFloat16,
        (_, TensorType.F32 or TensorType.F16) => WeightType.Float32,
        _ => MatrixPacker.TypeFor(stored),
    };

    private WeightMatrix Convert(ModelTensor tensor, int firstRow, int rows, WeightType type)
    {
        int columns = tensor.Shape[1];
        KernelPath path = _options.Kernels.For(type);
        long bytes = new WeightMatrix(data: null, rows, columns, type, path).ByteLength;
        byte* data = _memory.Take(bytes);
        if (!MatrixPacker.TryPack(tensor, firstRow, rows, type, data, _options.Threads))
        {
            throw new ModelFormatException(
                tensors.Name,
                $"the tensor \"{tensor.Name}\" has weights that are not finite, or too large for scales in half precision.",
                "Get the file again, or choose another precision, such as bf16.");
        }

        return new WeightMatrix(data, rows, columns, type, path);
    }

    private NativeBuffer? Bias(string name, int outputs, bool required, Range part)
    {
        string bias = name + ".bias";
        return required || tensors.TryGet(bias, out _) ? Vector(bias, outputs, part) : null;
    }

    private NativeBuffer Own(NativeBuffer buffer)
    {
        _owned.Add(buffer);
        return buffer;
    }

    private ModelTensor Use(ModelTensor tensor)
    {
        if (_used.Add(tensor.Name)) ParameterCount += tensor.ElementCount;
        return tensor;
    }

    private NativeBuffer Widen(ModelTensor tensor, long firstElement, long elements)
    {
        NativeBuffer buffer = Own(new NativeBuffer(elements));
        const int PieceElements = 1 << 20;
        for (long first = 0; first < elements; first += PieceElements)
        {
            int count = (int)Math.Min(PieceElements, elements - first);
            TensorRows.Read(tensor, firstElement + first, buffer.Slice(first, count));
        }

        return buffer;
    }
}
