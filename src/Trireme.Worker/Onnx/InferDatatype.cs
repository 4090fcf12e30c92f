namespace Trireme.Worker.Onnx;

/// <summary>The datatypes of the Open Inference Protocol.</summary>
internal enum InferDatatype
{
    Bool,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Int8,
    Int16,
    Int32,
    Int64,
    Fp16,
    Fp32,
    Fp64,

    /// <summary>Texts.</summary>
    Bytes,
}

/// <summary>Names and sizes of datatypes.</summary>
internal static class InferDatatypes
{
    private static readonly (string Name, int Size)[] Facts =
    [
        ("BOOL", 1), ("UINT8", 1), ("UINT16", 2), ("UINT32", 4), ("UINT64", 8), ("INT8", 1), ("INT16", 2), ("INT32", 4), ("INT64", 8),
        ("FP16", 2), ("FP32", 4), ("FP64", 8), ("BYTES", 0),
    ];

    /// <summary>The name in the protocol.</summary>
    public static string NameOf(this InferDatatype type) => Facts[(int)type].Name;

    /// <summary>Bytes of one element; 0 for texts, which differ.</summary>
    public static int SizeOf(this InferDatatype type) => Facts[(int)type].Size;
}
