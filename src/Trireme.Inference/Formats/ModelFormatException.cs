namespace Trireme.Inference.Formats;

/// <summary>A model file is missing, malformed or asks for something this engine does not do.</summary>
public sealed class ModelFormatException : Exception
{
    public ModelFormatException(string file, string problem, string remedy, Exception? innerException = null)
        : base($"{file}: {problem} {remedy}", innerException) =>
        File = file;

    /// <summary>The file the message is about.</summary>
    public string File { get; }
}
