using Trireme.Contracts.Engines;
using Trireme.Contracts.Resources;
using Trireme.Kubernetes;

namespace Trireme.Operator.Releases;

/// <summary>The last check before an engine starts: the files on disk must be the ones the replica was planned for.</summary>
internal sealed class ReleaseGate(InformerSet informers, IReleaseReader reader)
{
    private readonly Informer<Release> _releases = informers.Of<Release>();

    public async Task<StartClearance> CheckAsync(ModelReplica replica, CancellationToken cancellationToken)
    {
        var key = new ResourceKey(replica.Metadata.Namespace!, replica.Spec.Release);
        if (_releases.Snapshot.Find(key) is not { } release)
        {
            return StartClearance.Refuse(
                $"Release \"{key.Name}\" no longer exists; apply it again or move the service to another release.");
        }

        if (replica.Spec.Sources().FirstOrDefault(source => source.LocalPath() is null) is { } elsewhere)
        {
            return StartClearance.Refuse($"{elsewhere.Uri} is not on this machine.");
        }

        var files = EngineFiles.Of(replica.Spec, source => source.LocalPath()!);
        ReleaseObservation seen = await reader.ReadAsync(files, ReleaseStatusPlan.ComparesParts(release), cancellationToken);
        if (seen.Sources().Select(Missing).FirstOrDefault(problem => problem is not null) is { } missing)
        {
            return StartClearance.Refuse(missing);
        }

        if (ReleaseStatusPlan.ContentHash(release, seen) == replica.Spec.ContentHash)
        {
            return new StartClearance(Problem: null, [.. seen.Sources().SelectMany(static source => source.Pins())]);
        }

        // The first file that differs says more than where they all lie.
        if (ReleaseStatusPlan.Difference(release, seen) is { } difference) return StartClearance.Refuse(difference);
        string places = string.Join(" and ", seen.Sources().Select(source => source.ResolvedPath));
        return StartClearance.Refuse(
            $"The files in {places} are not those of release \"{key.Name}\" as it was verified; restore them or create a new release.");
    }

    private static string? Missing(SourceObservation source) => source switch
    {
        { ResolvedPath: null } => $"{source.Path} does not exist; put {SourceVerdict.Noun(source.Kind)} back.",
        { Unreadable: { } problem } => $"{source.Path} cannot be read: {problem}",
        _ => null,
    };
}
