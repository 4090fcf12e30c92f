using System.Buffers.Binary;

namespace Trireme.Inference.Formats.Gguf;

/// <summary>
/// Reads what comes before the tensors of a GGUF file, versions 2 and 3: a magic number, counts, the metadata and one entry per
/// tensor, as described in ggml's docs/gguf.md. Everything the header claims is checked before it is used.
/// </summary>
internal sealed class GgufHeader
{
    /// <summary>Magic number, version and two counts.</summary>
    public const int BytesMin = 24;

    public const string AlignmentKey = "general.alignment";

    private const uint Magic = 0x46554747;
    private const int KeyCountMax = 1 << 16;
    private const int TensorCountMax = 1 << 20;
    private const int KeyBytesMax = (1 << 16) - 1;
    private const int ListCountMax = 1 << 26;
    private const int ListDepthMax = 4;
    private const int AlignmentDefault = 32;
    private const int AlignmentMax = 1 << 20;

    private GgufHeader(GgufMetadata metadata, IReadOnlyList<GgufTensorEntry> tensors)
    {
        Metadata = metadata;
        Tensors = tensors;
    }

    public GgufMetadata Metadata { get; }

    public IReadOnlyList<GgufTensorEntry> Tensors { get; }

    public static GgufHeader Read(MappedFile file)
    {
        var cursor = new GgufCursor(file, 0);
        if (cursor.UInt32("the magic number") != Magic)
        {
            throw cursor.Malformed("it does not begin with GGUF.");
        }

        uint version = cursor.UInt32("the version");
        if (version is not (2 or 3))
        {
            string problem = BinaryPrimitives.ReverseEndianness(version) is 2 or 3
                ? "it is big-endian; little-endian files are read."
                : $"it has version {version}; versions 2 and 3 are read.";
            throw new ModelFormatException(file.Name, problem, "Convert the model again with a current llama.cpp.");
        }

        int tensorCount = cursor.Count("the number of tensors", TensorCountMax, GgufTensorEntry.BytesMin);
        // A key takes its length, a type and at least one byte of value.
        int keyCount = cursor.Count("the number of metadata keys", KeyCountMax, bytesMin: 13);
        var metadata = new GgufMetadata(file, ReadValues(cursor, keyCount));
        int alignment = metadata.OptionalInt(AlignmentKey, 1, AlignmentMax) ?? AlignmentDefault;
        if ((alignment & (alignment - 1)) != 0) throw metadata.Problem(AlignmentKey, $"is {alignment}; expected a power of two.");
        return new GgufHeader(metadata, GgufTensorEntry.ReadAll(cursor, tensorCount, alignment));
    }

    private static Dictionary<string, GgufValue> ReadValues(GgufCursor cursor, int count)
    {
        var values = new Dictionary<string, GgufValue>(StringComparer.Ordinal);
        for (int i = 0; i < count; i++)
        {
            string key = cursor.Text($"metadata key {i + 1}", KeyBytesMax);
            long start = cursor.Position;
            GgufValueType type = ReadType(cursor, key);
            GgufValue value = ReadValue(cursor, key, type) with { Start = start };
            if (!values.TryAdd(key, value with { End = cursor.Position })) throw cursor.Malformed($"metadata key '{key}' appears twice.");
        }

        return values;
    }

    private static GgufValueType ReadType(GgufCursor cursor, string key)
    {
        uint number = cursor.UInt32($"the type of '{key}'");
        var type = (GgufValueType)number;
        return number <= int.MaxValue && type.IsKnown() ? type : throw cursor.Malformed($"key '{key}' has type {number}; types go to 12.");
    }

    private static GgufValue ReadValue(GgufCursor cursor, string key, GgufValueType type)
    {
        if (type != GgufValueType.List)
        {
            var value = new GgufValue(type, cursor.Position);
            SkipValues(cursor, key, type, 1, depth: 0);
            return value;
        }

        GgufValueType elementType = ReadType(cursor, key);
        int count = cursor.Count($"the length of '{key}'", ListCountMax, elementType.BytesMin());
        var list = new GgufValue(type, cursor.Position, elementType, count);
        SkipValues(cursor, key, elementType, count, depth: 1);
        return list;
    }

    /// <summary>Walks over values, so that every length in them is known to lie in the file.</summary>
    private static void SkipValues(GgufCursor cursor, string key, GgufValueType type, int count, int depth)
    {
        if (type.IsFixedSize())
        {
            cursor.Skip((long)count * type.BytesMin(), key);
            return;
        }

        if (depth > ListDepthMax) throw cursor.Malformed($"key '{key}' holds lists more than {ListDepthMax} deep.");
        for (int i = 0; i < count; i++)
        {
            if (type == GgufValueType.String)
            {
                cursor.TextBytes(key, int.MaxValue);
                continue;
            }

            GgufValueType elementType = ReadType(cursor, key);
            int elements = cursor.Count($"the length of a list in '{key}'", ListCountMax, elementType.BytesMin());
            SkipValues(cursor, key, elementType, elements, depth + 1);
        }
    }
}
