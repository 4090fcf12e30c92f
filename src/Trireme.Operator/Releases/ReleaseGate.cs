using Trireme.Contracts.Engines;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;

namespace Trireme.Operator.Releases;

/// <summary>The last check before an engine starts: the files on disk must be the ones the replica was planned for.</summary>
internal sealed class ReleaseGate(InformerSet informers, IReleaseReader reader)
{
    private readonly Informer<Release> _releases = informers.Of<Release>();

    /// <summary>Null if the replica may start; otherwise why not and what to do.</summary>
    public async Task<string?> CheckAsync(ModelReplica replica, CancellationToken cancellationToken)
    {
        var key = new ResourceKey(replica.Metadata.Namespace!, replica.Spec.Release);
        if (_releases.Snapshot.Find(key) is not { } release)
        {
            return $"Release \"{key.Name}\" no longer exists; apply it again or move the service to another release.";
        }

        if (replica.Spec.Sources().FirstOrDefault(source => source.LocalPath() is null) is { } elsewhere)
        {
            return $"{elsewhere.Uri} is not on this machine.";
        }

        var files = EngineFiles.Of(replica.Spec, source => source.LocalPath()!);
        ReleaseObservation seen = await reader.ReadAsync(files, cancellationToken);
        if (seen.Sources().Select(Missing).FirstOrDefault(problem => problem is not null) is { } missing) return missing;
        if (ReleaseStatusPlan.ContentHash(release.Spec, seen) == replica.Spec.ContentHash) return null;
        string places = string.Join(" and ", seen.Sources().Select(source => source.ResolvedPath));
        return $"The files in {places} are not those of release \"{key.Name}\" as it was verified; restore them or create a new release.";
    }

    private static string? Missing(SourceObservation source) => source switch
    {
        { ResolvedPath: null } => $"{source.Path} does not exist; put {SourceVerdict.Noun(source.Kind)} back.",
        { Unreadable: { } problem } => $"{source.Path} cannot be read: {problem}",
        _ => null,
    };
}
