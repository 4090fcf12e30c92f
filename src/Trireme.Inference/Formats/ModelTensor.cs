namespace Trireme.Inference.Formats;

/// <summary>
/// One tensor in a mapped file: row-major, little-endian, at an address that need not be a multiple of the element size. Its memory
/// is gone once the set that holds it is disposed.
/// </summary>
public sealed class ModelTensor
{
    private readonly MappedFile _file;
    private readonly long _offset;

    internal ModelTensor(MappedFile file, string name, TensorType type, int[] shape, long offset, long byteLength)
    {
        _file = file;
        _offset = offset;
        Name = name;
        Type = type;
        Shape = shape;
        ByteLength = byteLength;
    }

    public string Name { get; }

    public TensorType Type { get; }

    /// <summary>Outermost dimension first; empty for a single number.</summary>
    public IReadOnlyList<int> Shape { get; }

    public long ElementCount => ByteLength / Type.BlockBytes() * Type.BlockElements();

    public long ByteLength { get; }

    /// <summary>The whole tensor. A tensor beyond 2 GiB has no single span: read it through <see cref="Slice"/>.</summary>
    public ReadOnlySpan<byte> Bytes => Slice(0, checked((int)ByteLength));

    /// <summary>First byte of the tensor, for kernels that keep the address while the set lives.</summary>
    public unsafe byte* Data => _file.Address(_offset);

    public unsafe ReadOnlySpan<byte> Slice(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, ByteLength - length);
        return new ReadOnlySpan<byte>(Data + offset, length);
    }
}
