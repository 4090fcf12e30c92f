using Trireme.Contracts.Resources;
using Trireme.Operator.Artifacts;
using Trireme.Operator.Releases;
using Trireme.Operator.Tests.Reconciling;

namespace Trireme.Operator.Tests.Releases;

/// <summary>For releases of files that are here: nothing may be fetched.</summary>
internal sealed class NoFetches : IArtifactFetcher
{
    public static ReleaseSources Sources(ReconcilerWorld world) => new(new NoFetches(), world.Api, world.Driver.Time);

    public Task<FetchOutcome> FetchAsync(
        ArtifactAddress address,
        string? revision,
        Func<CancellationToken, Task<PullCredentials>> credentials,
        FetchProgress progress,
        CancellationToken cancellationToken) => throw new InvalidOperationException($"{address.Text} is fetched.");

    public bool Distrust(SourceRecord record, IReadOnlyList<ArtifactPin> seen) => false;
}
