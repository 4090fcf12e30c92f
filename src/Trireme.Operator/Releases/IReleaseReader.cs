using Trireme.Contracts.Engines;

namespace Trireme.Operator.Releases;

/// <summary>Finds out what is there of a release's files.</summary>
internal interface IReleaseReader
{
    /// <param name="files">Paths that are absolute, or below a model folder.</param>
    /// <param name="comparesParts">Whether it is to be seen too if the parts belong together, for which some of them are read.</param>
    /// <param name="cancellationToken">Stops reading.</param>
    Task<ReleaseObservation> ReadAsync(EngineFiles files, bool comparesParts, CancellationToken cancellationToken);
}
