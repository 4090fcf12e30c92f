using Trireme.Contracts.Resources;

namespace Trireme.Contracts.Engines;

/// <summary>
/// What an engine is started with. A release and a replica both have it, so that an option that is declared over it is checked in the
/// one and written as an argument for the other.
/// </summary>
/// <param name="Engine">The engine's settings.</param>
/// <param name="Files">The paths of its files.</param>
public sealed record EngineSetup(EngineSpec Engine, EngineFiles Files)
{
    public static EngineSetup Of(ReleaseSpec spec) => new(spec.Engine, EngineFiles.Of(spec));

    /// <param name="spec">What runs.</param>
    /// <param name="locate">Where the engine will see a source.</param>
    public static EngineSetup Of(ModelReplicaSpec spec, Func<ArtifactSource, string> locate) =>
        new(spec.Engine, EngineFiles.Of(spec, locate));
}
