namespace Trireme.Inference.Formats;

/// <summary>
/// One tensor in a mapped file: row-major, little-endian, at an address that need not be a multiple of the element size. Its memory
/// is gone once the set that holds it is disposed.
/// </summary>
/// <remarks>
/// Most tensors lie in the file as they are read. Some have their rows in another order, see <see cref="RowsInOrder"/>: those are
/// read row by row through <see cref="RowBytes"/>, which puts them right, and never through an address or a slice.
/// </remarks>
public sealed class ModelTensor
{
    private readonly MappedFile _file;
    private readonly long _offset;
    private readonly RotaryRowOrder? _order;

    internal ModelTensor(
        MappedFile file, string name, TensorType type, int[] shape, long offset, long byteLength, RotaryRowOrder? order = null)
    {
        _file = file;
        _offset = offset;
        _order = order;
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

    /// <summary>The outermost dimension; 1 for a single number. Each element of a vector is a row.</summary>
    public int RowCount => Shape.Count == 0 ? 1 : Shape[0];

    /// <summary>Elements of one row; a whole number of blocks.</summary>
    public long RowElements => RowCount == 0 ? 0 : ElementCount / RowCount;

    /// <summary>Whether row r of the tensor is row r of the file, so that its memory can be read as it lies.</summary>
    public bool RowsInOrder => _order is null;

    /// <summary>The whole tensor. A tensor beyond 2 GiB has no single span: read it through <see cref="Slice"/>.</summary>
    /// <exception cref="InvalidOperationException">The rows lie in another order.</exception>
    public ReadOnlySpan<byte> Bytes => Slice(0, checked((int)ByteLength));

    /// <summary>First byte of the tensor, for kernels that keep the address while the set lives.</summary>
    /// <exception cref="InvalidOperationException">The rows lie in another order.</exception>
    public unsafe byte* Data => RowsInOrder ? _file.Address(_offset) : throw OutOfOrder();

    /// <summary>Where the tensor lies in the mapping, whatever the order of its rows; for giving its pages back.</summary>
    internal unsafe byte* FirstByte => _file.Address(_offset);

    /// <exception cref="InvalidOperationException">The rows lie in another order.</exception>
    public ReadOnlySpan<byte> Slice(long offset, int length) => RowsInOrder ? Stored(offset, length) : throw OutOfOrder();

    /// <summary>The stored bytes of one row, of every tensor whatever the order of its rows in the file.</summary>
    public ReadOnlySpan<byte> RowBytes(int row)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(row, RowCount);
        long length = ByteLength / RowCount;
        return Stored((_order?.StoredRow(row) ?? row) * length, checked((int)length));
    }

    private unsafe ReadOnlySpan<byte> Stored(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, ByteLength - length);
        return new ReadOnlySpan<byte>(_file.Address(_offset) + offset, length);
    }

    private InvalidOperationException OutOfOrder() => new($"The rows of {Name} lie in another order; read them with {nameof(RowBytes)}.");
}
