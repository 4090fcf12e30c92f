namespace Trireme.Inference.Formats.Gguf;

/// <summary>One tensor's entry in the header, with its place in the file.</summary>
/// <param name="Name">The name in the file.</param>
/// <param name="Type">How its elements are stored.</param>
/// <param name="Shape">Outermost dimension first, the reverse of the file's order.</param>
/// <param name="Offset">First byte in the file.</param>
/// <param name="ByteLength">Bytes.</param>
internal sealed record GgufTensorEntry(string Name, TensorType Type, int[] Shape, long Offset, long ByteLength)
{
    /// <summary>Name length, number of dimensions, one dimension, type and offset.</summary>
    public const int BytesMin = 32;

    private const int NameBytesMax = 512;
    private const int RankMax = 4;

    /// <summary>The type numbers of ggml that are read.</summary>
    private static readonly Dictionary<uint, TensorType> Types = new()
    {
        [0] = TensorType.F32,
        [1] = TensorType.F16,
        [2] = TensorType.Q4_0,
        [3] = TensorType.Q4_1,
        [6] = TensorType.Q5_0,
        [7] = TensorType.Q5_1,
        [8] = TensorType.Q8_0,
        [12] = TensorType.Q4_K,
        [13] = TensorType.Q5_K,
        [14] = TensorType.Q6_K,
        [30] = TensorType.BF16,
    };

    /// <summary>The number of a type in the file.</summary>
    public static uint NumberOf(TensorType type) => Types.First(known => known.Value == type).Key;

    /// <summary>Reads the entries and checks that their tensors lie in the file, aligned and apart from one another.</summary>
    public static IReadOnlyList<GgufTensorEntry> ReadAll(GgufCursor cursor, int count, int alignment)
    {
        var entries = new List<GgufTensorEntry>(count);
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            GgufTensorEntry entry = Read(cursor, i, alignment);
            if (!names.Add(entry.Name)) throw cursor.Malformed($"tensor '{entry.Name}' appears twice.");
            entries.Add(entry);
        }

        // Offsets count from the first multiple of the alignment after the header.
        long start = (cursor.Position + alignment - 1) / alignment * alignment;
        for (int i = 0; i < count; i++) entries[i] = entries[i].Place(cursor, start);
        long end = 0;
        foreach (GgufTensorEntry entry in entries.OrderBy(entry => entry.Offset))
        {
            if (entry.Offset < end) throw cursor.Malformed($"tensor '{entry.Name}' overlaps another.");
            end = entry.Offset + entry.ByteLength;
        }

        return entries;
    }

    private static GgufTensorEntry Read(GgufCursor cursor, int index, int alignment)
    {
        string name = cursor.Text($"the name of tensor {index + 1}", NameBytesMax);
        string what = $"tensor '{name}'";
        uint rank = cursor.UInt32(what);
        if (rank is 0 or > RankMax) throw cursor.Malformed($"{what} has {rank} dimensions; expected 1 to {RankMax}.");
        var shape = new int[rank];
        // The product stays below 2^62, as each factor is below 2^31 and the product so far below the file's size times 2.
        long elements = 1;
        long elementsMax = cursor.File.Length * 2;
        for (int i = shape.Length - 1; i >= 0; i--)
        {
            ulong dimension = cursor.UInt64(what);
            if (dimension is 0 or > int.MaxValue) throw cursor.Malformed($"{what} has a dimension of {dimension}.");
            shape[i] = (int)dimension;
            if (elements > elementsMax / shape[i]) throw cursor.Malformed($"{what} has a shape larger than the file.");
            elements *= shape[i];
        }

        TensorType type = ReadType(cursor, what);
        int blockElements = type.BlockElements();
        if (shape[^1] % blockElements != 0)
        {
            throw cursor.Malformed($"{what} has rows of {shape[^1]} elements; {type} needs a multiple of {blockElements}.");
        }

        if (rank == 1 && blockElements > 1) throw cursor.Malformed($"{what} is a vector of {type}; vectors are F32, F16 or BF16.");
        ulong offset = cursor.UInt64(what);
        if (offset > long.MaxValue || offset % (ulong)alignment != 0)
        {
            throw cursor.Malformed($"{what} begins at byte {offset}, which is no multiple of the alignment {alignment}.");
        }

        return new GgufTensorEntry(name, type, shape, (long)offset, elements / blockElements * type.BlockBytes());
    }

    private static TensorType ReadType(GgufCursor cursor, string what)
    {
        uint number = cursor.UInt32(what);
        if (Types.TryGetValue(number, out TensorType type)) return type;
        throw new ModelFormatException(
            cursor.File.Name,
            $"{what} has ggml type {number}; known are {string.Join(", ", Types.Select(known => $"{known.Value} ({known.Key})"))}.",
            "Quantise the model to one of those.");
    }

    private GgufTensorEntry Place(GgufCursor cursor, long start)
    {
        long dataBytes = cursor.File.Length - start;
        if (Offset > dataBytes || ByteLength > dataBytes - Offset)
        {
            throw cursor.Malformed($"tensor '{Name}' has {ByteLength} bytes from byte {Offset} of the data, which has {dataBytes}.");
        }

        return this with { Offset = start + Offset };
    }
}
