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

        if (replica.Spec.Model.LocalPath() is not { } model) return $"{replica.Spec.Model.Uri} is not on this machine.";
        ReleaseObservation seen = await reader.ReadAsync(model, replica.Spec.DraftModel?.LocalPath(), cancellationToken);
        if ((Missing(seen.Model) ?? Missing(seen.DraftModel)) is { } missing) return missing;
        string places = seen.DraftModel is { } draft ? $"{seen.Model.ResolvedPath} and {draft.ResolvedPath}" : seen.Model.ResolvedPath!;
        return ReleaseStatusPlan.ContentHash(release.Spec, seen) == replica.Spec.ContentHash
            ? null
            : $"The files in {places} are not those of release \"{key.Name}\" as it was verified; restore them or create a new release.";
    }

    private static string? Missing(SourceObservation? source) => source switch
    {
        null => null,
        { ResolvedPath: null } => $"{source.Path} does not exist; put the model's files back.",
        { Unreadable: { } problem } => $"{source.Path} cannot be read: {problem}",
        _ => null,
    };
}
