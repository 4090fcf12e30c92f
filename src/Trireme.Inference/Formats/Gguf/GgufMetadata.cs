using System.Buffers.Binary;
using System.Text.Unicode;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.Formats.Gguf;

/// <summary>
/// The metadata of a GGUF file, read where it lies when it is asked for. Every read is range-checked, and every failure names the
/// key, what was found and what was expected.
/// </summary>
internal sealed class GgufMetadata(MappedFile file, IReadOnlyDictionary<string, GgufValue> values)
{
    private const int TextBytesMax = 1 << 24;
    private const int ListBytesMax = 1 << 28;

    public string File => file.Name;

    /// <summary>In the file's order.</summary>
    public IEnumerable<string> Keys => values.OrderBy(entry => entry.Value.Start).Select(entry => entry.Key);

    public bool Contains(string key) => values.ContainsKey(key);

    public int? OptionalInt(string key, int min, int max)
    {
        if (!values.TryGetValue(key, out GgufValue value)) return null;
        return Int(key, value.Type == GgufValueType.List ? Uniform(key, value) : value, min, max);
    }

    public int RequiredInt(string key, int min, int max) =>
        OptionalInt(key, min, max) ?? throw Missing(key, $"a whole number from {min} to {max}");

    public double? OptionalDouble(string key, double min, double max)
    {
        if (!values.TryGetValue(key, out GgufValue value)) return null;
        GgufCursor cursor = At(value);
        double number = value.Type switch
        {
            GgufValueType.Single => BinaryPrimitives.ReadSingleLittleEndian(cursor.Take(sizeof(float), key)),
            GgufValueType.Double => BinaryPrimitives.ReadDoubleLittleEndian(cursor.Take(sizeof(double), key)),
            _ => double.NaN,
        };
        return number >= min && number <= max ? number : throw Problem(key, $"is {Display(value, number)}; expected {min} to {max}.");
    }

    /// <summary>A single value as a number, with true as 1; null for anything else.</summary>
    public double? Number(string key)
    {
        GgufValue value = values[key];
        if (value.Type == GgufValueType.Bool) return At(value).Take(1, key)[0] != 0 ? 1 : 0;
        return value.Type.IsWhole() ? Int(key, value, int.MinValue, int.MaxValue)
            : value.Type is GgufValueType.Single or GgufValueType.Double ? OptionalDouble(key, double.MinValue, double.MaxValue)
            : null;
    }

    public bool? OptionalBool(string key)
    {
        if (!values.TryGetValue(key, out GgufValue value)) return null;
        if (value.Type != GgufValueType.Bool) throw Problem(key, $"is {Display(value)}; expected true or false.");
        return At(value).Take(1, key)[0] != 0;
    }

    public string? OptionalString(string key)
    {
        if (!values.TryGetValue(key, out GgufValue value)) return null;
        if (value.Type != GgufValueType.String) throw Problem(key, $"is {Display(value)}; expected a string.");
        return At(value).Text($"the value of '{key}'", TextBytesMax);
    }

    public string RequiredString(string key) => OptionalString(key) ?? throw Missing(key, "a string");

    /// <summary>A list of strings in UTF-8, or null when the key is absent.</summary>
    public ByteStrings? Strings(string key, int countMax, int bytesMax)
    {
        if (List(key, GgufValueType.String, countMax) is not { } list) return null;
        long bytes = list.End - list.Position - ((long)list.Count * GgufValueType.String.BytesMin());
        if (bytes > ListBytesMax) throw Problem(key, $"has {bytes} bytes of text; the most is {ListBytesMax}.");
        var texts = new ByteStrings.Builder(list.Count, (int)bytes);
        GgufCursor cursor = At(list);
        for (int i = 0; i < list.Count; i++)
        {
            ReadOnlySpan<byte> text = cursor.TextBytes(key, TextBytesMax);
            if (text.Length > bytesMax) throw Problem(key, $"has {text.Length} bytes as element {i}; the most is {bytesMax}.");
            if (!Utf8.IsValid(text)) throw Problem(key, $"holds no UTF-8 text as element {i}.");
            texts.Add(text);
        }

        return texts.Build();
    }

    /// <summary>A list of single-precision numbers, or null when the key is absent.</summary>
    public float[]? Singles(string key, int countMax)
    {
        if (List(key, GgufValueType.Single, countMax) is not { } list) return null;
        var numbers = new float[list.Count];
        GgufCursor cursor = At(list);
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = BinaryPrimitives.ReadSingleLittleEndian(cursor.Take(sizeof(float), key));
            if (!float.IsFinite(numbers[i])) throw Problem(key, $"holds {numbers[i]} as element {i}.");
        }

        return numbers;
    }

    /// <summary>A list of whole numbers, or null when the key is absent.</summary>
    public int[]? Integers(string key, int countMax, int min, int max)
    {
        if (List(key, null, countMax) is not { } list) return null;
        var numbers = new int[list.Count];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = Int(key, Element(list, i), min, max);
        return numbers;
    }

    /// <summary>A value as it is stored: the number of its type and what follows.</summary>
    public ReadOnlySpan<byte> StoredBytes(string key)
    {
        GgufValue value = values[key];
        return new GgufCursor(file, value.Start).Take(value.End - value.Start, key);
    }

    public ModelFormatException Missing(string key, string expected) => Problem(key, $"is missing; expected {expected}.");

    public ModelFormatException Problem(string key, string problem, string remedy = GgufCursor.Remedy) =>
        new(file.Name, $"key '{key}' {problem}", remedy);

    /// <summary>The file is sound but asks for what this engine does not do.</summary>
    public ModelFormatException Unsupported(string key, string problem) => Problem(key, problem, "Serve this model with another engine.");

    private GgufCursor At(GgufValue value) => new(file, value.Position);

    private static GgufValue Element(GgufValue list, int index) =>
        new(list.ElementType, list.Position + ((long)index * list.ElementType.BytesMin()));

    private GgufValue? List(string key, GgufValueType? elementType, int countMax)
    {
        if (!values.TryGetValue(key, out GgufValue value)) return null;
        bool fits = elementType is { } wanted ? value.ElementType == wanted : value.ElementType.IsWhole();
        if (value.Type != GgufValueType.List || !fits)
        {
            throw Problem(key, $"is {Display(value)}; expected a list of {elementType?.ToString() ?? "whole numbers"}.");
        }

        if (value.Count > countMax) throw Problem(key, $"has {value.Count} elements; the most is {countMax}.");
        return value;
    }

    private int Int(string key, GgufValue value, int min, int max)
    {
        if (!value.Type.IsWhole()) throw Problem(key, $"is {Display(value)}; expected a whole number from {min} to {max}.");
        ReadOnlySpan<byte> bytes = At(value).Take(value.Type.BytesMin(), key);
        Int128 number = value.Type switch
        {
            GgufValueType.UInt8 => bytes[0],
            GgufValueType.Int8 => (sbyte)bytes[0],
            GgufValueType.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
            GgufValueType.Int16 => BinaryPrimitives.ReadInt16LittleEndian(bytes),
            GgufValueType.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
            GgufValueType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(bytes),
            GgufValueType.UInt64 => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            _ => BinaryPrimitives.ReadInt64LittleEndian(bytes),
        };
        return number >= min && number <= max
            ? (int)number
            : throw Problem(key, $"is {number}; expected a whole number from {min} to {max}.");
    }

    /// <summary>A value given once per layer, as some conversions write numbers that could differ between layers.</summary>
    private GgufValue Uniform(string key, GgufValue list)
    {
        if (!list.ElementType.IsWhole() || list.Count == 0) throw Problem(key, $"is {Display(list)}; expected a whole number.");
        int size = list.ElementType.BytesMin();
        ReadOnlySpan<byte> all = At(list).Take((long)list.Count * size, key);
        // Equal neighbours throughout are equal elements.
        if (!all[size..].SequenceEqual(all[..^size])) throw Unsupported(key, "differs between layers; the engine computes equal layers.");
        return Element(list, 0);
    }

    private static string Display(GgufValue value, double? number = null) => value.Type switch
    {
        GgufValueType.List => $"a list of {value.Count} values of type {value.ElementType}",
        GgufValueType.Single or GgufValueType.Double when number is { } shown => $"{shown}",
        _ => $"of type {value.Type}",
    };
}
