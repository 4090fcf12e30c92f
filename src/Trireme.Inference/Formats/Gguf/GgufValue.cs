namespace Trireme.Inference.Formats.Gguf;

/// <summary>Where a metadata value lies in the file: for a list, its first element.</summary>
internal readonly record struct GgufValue(GgufValueType Type, long Position, GgufValueType ElementType = default, int Count = 1)
{
    /// <summary>Where the number of its type lies, with which the value begins.</summary>
    public long Start { get; init; }

    /// <summary>The byte after its last one.</summary>
    public long End { get; init; }
}

/// <summary>The value types, by their numbers in the file.</summary>
internal enum GgufValueType
{
    UInt8 = 0,
    Int8 = 1,
    UInt16 = 2,
    Int16 = 3,
    UInt32 = 4,
    Int32 = 5,
    Single = 6,
    Bool = 7,
    String = 8,
    List = 9,
    UInt64 = 10,
    Int64 = 11,
    Double = 12,
}

/// <summary>What the value types are made of.</summary>
internal static class GgufValueTypes
{
    public static bool IsKnown(this GgufValueType type) => type is >= GgufValueType.UInt8 and <= GgufValueType.Double;

    public static bool IsWhole(this GgufValueType type) => type is not (GgufValueType.Single or GgufValueType.Bool
        or GgufValueType.String or GgufValueType.List or GgufValueType.Double);

    /// <summary>Bytes of one value; of a string or a list, the bytes before its content.</summary>
    public static int BytesMin(this GgufValueType type) => type switch
    {
        GgufValueType.UInt8 or GgufValueType.Int8 or GgufValueType.Bool => 1,
        GgufValueType.UInt16 or GgufValueType.Int16 => 2,
        GgufValueType.UInt32 or GgufValueType.Int32 or GgufValueType.Single => 4,
        GgufValueType.List => 12,
        _ => 8,
    };

    public static bool IsFixedSize(this GgufValueType type) => type is not (GgufValueType.String or GgufValueType.List);
}
