using Trireme.Inference.Formats;
using Trireme.Inference.Kernels;

namespace Trireme.Inference.Models;

/// <summary>
/// Turns tensors into weights without changing a value: bfloat16 and float32 matrices are read in place from the mapped file, float16
/// ones and all vectors are widened into memory of their own.
/// </summary>
internal sealed unsafe class WeightLoader(TensorSet tensors) : IDisposable
{
    private readonly List<NativeBuffer> _owned = [];
    private readonly HashSet<string> _used = [];

    public long ParameterCount { get; private set; }

    public long ByteLength { get; private set; }

    /// <summary>A matrix, or some of its rows: files fuse projections by putting one below the other.</summary>
    public WeightMatrix Matrix(string name, int rows, int columns, Range? part = null)
    {
        ModelTensor tensor = Use(tensors.Get(name, rows, columns));
        (int first, int count) = (part ?? Range.All).GetOffsetAndLength(rows);
        long skipped = (long)first * columns;
        WeightMatrix matrix = tensor.Type switch
        {
            TensorType.BF16 => new WeightMatrix(tensor.Data + (skipped * sizeof(ushort)), count, columns, WeightType.BFloat16),
            TensorType.F32 => new WeightMatrix(tensor.Data + (skipped * sizeof(float)), count, columns, WeightType.Float32),
            _ => new WeightMatrix((byte*)Widen(tensor, skipped, (long)count * columns).Pointer, count, columns, WeightType.Float32),
        };
        ByteLength += matrix.ByteLength;
        return matrix;
    }

    public NativeBuffer Vector(string name, int length, Range? part = null)
    {
        (int first, int count) = (part ?? Range.All).GetOffsetAndLength(length);
        NativeBuffer vector = Widen(Use(tensors.Get(name, length)), first, count);
        ByteLength += vector.ByteLength;
        return vector;
    }

    /// <summary>A projection, or some of its outputs, with its bias when the file has one.</summary>
    public LinearLayer Linear(string name, int outputs, int inputs, bool biasRequired, Range? part = null)
    {
        string bias = name + ".bias";
        bool hasBias = biasRequired || tensors.TryGet(bias, out _);
        return new LinearLayer(Matrix(name + ".weight", outputs, inputs, part), hasBias ? Vector(bias, outputs, part) : null);
    }

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
                $"the tensor \"{tensor.Name}\" is not part of the architecture that config.json names.",
                "Convert the model to plain weights, merging adapters and quantisation, or serve it with another engine.");
        }
    }

    public void Dispose()
    {
        foreach (NativeBuffer buffer in _owned) buffer.Dispose();
    }

    private ModelTensor Use(ModelTensor tensor)
    {
        if (_used.Add(tensor.Name)) ParameterCount += tensor.ElementCount;
        return tensor;
    }

    private NativeBuffer Widen(ModelTensor tensor, long firstElement, long elements)
    {
        var buffer = new NativeBuffer(elements);
        _owned.Add(buffer);
        const int PieceElements = 1 << 20;
        for (long first = 0; first < elements; first += PieceElements)
        {
            int count = (int)Math.Min(PieceElements, elements - first);
            TensorRows.Read(tensor, firstElement + first, buffer.Slice(first, count));
        }

        return buffer;
    }
}
