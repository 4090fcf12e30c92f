namespace Trireme.Inference.Formats;

/// <summary>Element types of weights this engine reads.</summary>
public enum SafetensorsDataType
{
    F32,
    F16,
    BF16,
}
