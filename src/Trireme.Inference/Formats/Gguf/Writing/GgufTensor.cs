namespace Trireme.Inference.Formats.Gguf.Writing;

/// <summary>A tensor to be written.</summary>
/// <param name="Name">The name in the file.</param>
/// <param name="Type">How its elements are stored.</param>
/// <param name="Shape">Outermost dimension first.</param>
/// <param name="Encode">Stores the elements of one row; called on several threads at once. A vector is one row.</param>
internal sealed record GgufTensor(string Name, TensorType Type, IReadOnlyList<int> Shape, RowEncoder Encode)
{
    /// <summary>Elements of a row.</summary>
    public int Columns => Shape[^1];

    public int RowCount
    {
        get
        {
            int rows = 1;
            for (int i = 0; i < Shape.Count - 1; i++) rows = checked(rows * Shape[i]);
            return rows;
        }
    }

    public long RowBytes => (long)Columns / Type.BlockElements() * Type.BlockBytes();

    public long ByteLength => RowBytes * RowCount;
}

/// <summary>Stores one row of a tensor.</summary>
/// <param name="row">Its number in the file.</param>
/// <param name="destination">Takes exactly the bytes of a row.</param>
internal delegate void RowEncoder(int row, Span<byte> destination);
