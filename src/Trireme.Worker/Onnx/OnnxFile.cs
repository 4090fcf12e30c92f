using Trireme.Contracts.Storage;
using Trireme.Inference.Formats;

namespace Trireme.Worker.Onnx;

/// <summary>Finds the ONNX file of a model's path.</summary>
internal static class OnnxFile
{
    private const string Extension = ".onnx";
    private const string NameInFolder = "model.onnx";

    /// <summary>Whether the worker's model is for ONNX Runtime.</summary>
    public static bool IsChosen(WorkerOptions options)
    {
        if (options.Engine != EngineKind.Auto) return options.Engine == EngineKind.Onnx;
        string path = options.ModelPath;
        if (path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase)) return true;
        return Directory.Exists(path)
            && File.Exists(Path.Combine(path, NameInFolder))
            && !Directory.EnumerateFiles(path, "*.safetensors").Any();
    }

    /// <summary>Opens a file that ONNX Runtime is to open, which would wait at a pipe.</summary>
    /// <exception cref="ModelFormatException">It cannot be read, or is no file.</exception>
    public static FileStream Open(string file)
    {
        try
        {
            return RegularFile.OpenRead(file, bufferBytes: 0);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            string problem = $"it cannot be read: {exception.Message}";
            throw new ModelFormatException(Path.GetFileName(file), problem, "Check the file and its permissions.", exception);
        }
    }

    /// <exception cref="ModelFormatException">There is none.</exception>
    public static string Find(string path)
    {
        string file = Directory.Exists(path) ? Path.Combine(path, NameInFolder) : path;
        return File.Exists(file)
            ? file
            : throw new ModelFormatException(file, "there is no such file.", $"Give a {Extension} file, or a folder with {NameInFolder}.");
    }
}
