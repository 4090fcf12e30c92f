namespace Trireme.Inference.Formats;

/// <summary>A file of a model is not the one that was verified; the message names it.</summary>
public sealed class ModelFileChangedException(string file, string problem)
    : Exception($"{file} {problem} Restore it or create a new release.")
{
    public string File { get; } = file;
}
