namespace Trireme.Inference.Formats.Gguf.Writing;

/// <summary>Which type each tensor of a file gets when a type is asked for.</summary>
internal static class QuantizationRules
{
    private const string Embedding = "token_embd.weight";
    private const string Output = "output.weight";
    private const string FileTypeKey = "general.file_type";
    private const string VersionKey = "general.quantization_version";

    /// <summary>
    /// Vectors stay whole. The embedding and output matrices, on which every token's logits hang directly, take eight bits where the
    /// others take four. Rows that are no whole blocks take half precision.
    /// </summary>
    public static TensorType TypeOf(string name, IReadOnlyList<int> shape, TensorType wanted)
    {
        if (shape.Count < 2) return TensorType.F32;
        TensorType type = wanted == TensorType.Q4_0 && name is Embedding or Output ? TensorType.Q8_0 : wanted;
        return shape[^1] % type.BlockElements() == 0 ? type : TensorType.F16;
    }

    /// <summary>general.file_type, by llama.cpp's numbers.</summary>
    public static uint FileType(TensorType type) => type switch
    {
        TensorType.F32 => 0,
        TensorType.F16 => 1,
        TensorType.Q4_0 => 2,
        TensorType.Q8_0 => 7,
        TensorType.BF16 => 32,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type that can be written."),
    };

    /// <summary>Adds the keys that say how a file's tensors are stored.</summary>
    public static void Describe(TensorType type, GgufWriter file)
    {
        file.Add(FileTypeKey, FileType(type));
        file.Add(VersionKey, 2u);
    }

    /// <summary>Whether a key of another file says how that file's tensors are stored.</summary>
    public static bool Describes(string key) => key is FileTypeKey or VersionKey or GgufHeader.AlignmentKey;
}
