namespace Trireme.Inference.Formats;

/// <summary>Element types of weights this engine reads, named as in the files.</summary>
public enum SafetensorsDataType
{
    /// <summary>IEEE 754 single precision.</summary>
    F32,

    /// <summary>IEEE 754 half precision.</summary>
    F16,

    /// <summary>The upper half of a single.</summary>
    BF16,
}
