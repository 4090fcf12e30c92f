namespace Trireme.Worker.Onnx;

/// <summary>A field of a request is wrong.</summary>
internal sealed class MalformedRequestException(string path, string problem) : Exception($"{path}: {problem}")
{
    /// <summary>Path of the field, such as inputs[0].shape.</summary>
    public string Field => path;
}
