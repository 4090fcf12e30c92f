using Trireme.Kubernetes;

namespace Trireme.Operator.Quality;

/// <summary>
/// Compares the quality of two releases in the background. Callers ask for what is known and are told when there is more.
/// </summary>
internal interface IQualityProbe
{
    /// <summary>Raised when a service's probe is through.</summary>
    event Action<ResourceKey>? Finished;

    /// <summary>What is known of a service's step; starts the probe if it has not run for it.</summary>
    QualityResult Read(ResourceKey service, int step, QualityComparison comparison);

    /// <summary>Drops what is remembered of a service that moves no more.</summary>
    void Forget(ResourceKey service);
}
