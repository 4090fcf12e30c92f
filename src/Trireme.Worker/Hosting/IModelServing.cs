using Microsoft.AspNetCore.Builder;

namespace Trireme.Worker.Hosting;

/// <summary>A kind of model: how it is loaded and what routes it has.</summary>
internal interface IModelServing
{
    /// <summary>The route most clients look for, for those who miss it.</summary>
    string MainRoute { get; }

    /// <summary>Loads the model. An expected failure is a ModelFormatException, an EngineStartException or one of I/O.</summary>
    Task<LoadedModel> LoadAsync(CancellationToken cancellationToken);

    /// <summary>Adds the routes, which are there before the model is loaded.</summary>
    void Map(WebApplication application);
}
