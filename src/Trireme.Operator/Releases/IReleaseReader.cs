namespace Trireme.Operator.Releases;

/// <summary>Finds out what is there of a release's files.</summary>
internal interface IReleaseReader
{
    /// <param name="modelPath">Folder or GGUF file: absolute, or below a model folder.</param>
    /// <param name="draftPath">The same of the draft model; null without one.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    Task<ReleaseObservation> ReadAsync(string modelPath, string? draftPath, CancellationToken cancellationToken);
}
