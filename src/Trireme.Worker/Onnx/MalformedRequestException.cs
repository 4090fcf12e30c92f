namespace Trireme.Worker.Onnx;

/// <summary>A field of a request is wrong.</summary>
internal sealed class MalformedRequestException(string path, string problem) : Exception($"{Shorten(path)}: {problem}")
{
    private const int ShownLengthMax = 200;

    /// <summary>Path of the field, such as inputs[0].shape.</summary>
    public string Field { get; } = Shorten(path);

    /// <summary>A name of any length is not repeated to its sender.</summary>
    private static string Shorten(string path) => path.Length <= ShownLengthMax ? path : path[..ShownLengthMax] + "…";
}
