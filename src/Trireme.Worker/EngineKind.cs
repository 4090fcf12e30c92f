namespace Trireme.Worker;

/// <summary>What computes a model.</summary>
public enum EngineKind
{
    /// <summary>Told by the file: ONNX Runtime for a .onnx file and for a folder that holds model.onnx and no safetensors.</summary>
    Auto,

    /// <summary>The embedded engine for language models.</summary>
    Trireme,

    /// <summary>ONNX Runtime.</summary>
    Onnx,
}
