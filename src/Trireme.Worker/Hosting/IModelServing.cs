using Microsoft.AspNetCore.Builder;
using Trireme.Inference.Formats;

namespace Trireme.Worker.Hosting;

/// <summary>A kind of model: how it is loaded and what routes it has.</summary>
internal interface IModelServing
{
    /// <summary>The route most clients look for, for those who miss it.</summary>
    string MainRoute { get; }

    /// <summary>
    /// Loads the model. An expected failure is a ModelFormatException, a ModelFileChangedException, an EngineStartException or one of I/O.
    /// </summary>
    /// <param name="pins">The digests its files must have; null takes them as they are.</param>
    /// <param name="cancellationToken">Ends loading.</param>
    Task<LoadedModel> LoadAsync(FilePins? pins, CancellationToken cancellationToken);

    /// <summary>Adds the routes, which are there before the model is loaded.</summary>
    void Map(WebApplication application);
}
