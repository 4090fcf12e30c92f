using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.Operator.Releases;

/// <summary>Reasons of a Release's Verified condition.</summary>
internal static class ReleaseReasons
{
    public const string DigestsMatch = "DigestsMatch";
    public const string SourceNotFound = "SourceNotFound";
    public const string SourceUnreadable = "SourceUnreadable";
    public const string SourceEmpty = "SourceEmpty";
    public const string ArtifactMissing = "ArtifactMissing";
    public const string DigestMismatch = "DigestMismatch";
    public const string ChangedOnDisk = "ChangedOnDisk";
    public const string EngineCannotRead = "EngineCannotRead";
}

/// <summary>Judges what is on disk against what the release pins.</summary>
internal static class ReleaseStatusPlan
{
    /// <summary>Identity of a release: everything in its spec and the content of every file, those of its draft model as well.</summary>
    public static string ContentHash(ReleaseSpec spec, ReleaseObservation seen) =>
        CanonicalJson.Sha256(new { spec, artifacts = seen.Model.Artifacts, draftArtifacts = seen.DraftModel?.Artifacts });

    public static ReleaseStatus Next(Release release, ReleaseObservation seen, DateTimeOffset now)
    {
        (string reason, string message) = Judge(release, seen);
        bool verified = reason == ReleaseReasons.DigestsMatch;
        var condition = new Condition
        {
            Type = ReleaseConditions.Verified,
            Status = verified ? ConditionStatus.True : ConditionStatus.False,
            ObservedGeneration = release.Metadata.Generation,
            Reason = reason,
            Message = message,
        };
        ReleaseStatus status = (release.Status ?? new ReleaseStatus()) with
        {
            Conditions = (release.Status?.Conditions).With(condition, now),
            ObservedGeneration = release.Metadata.Generation,
        };

        // What was verified once stays recorded: it is what the release means, whatever happens to the disk later.
        if (!verified) return status;
        string hash = ContentHash(release.Spec, seen);
        return status with
        {
            ContentHash = hash,
            ShortHash = hash[..12],
            ResolvedPath = seen.Model.ResolvedPath,
            Artifacts = seen.Model.Artifacts,
            SizeBytes = seen.Model.SizeBytes,
            DraftModel = seen.DraftModel is not { } draft ? null : new DraftModelStatus
            {
                ResolvedPath = draft.ResolvedPath!,
                Artifacts = draft.Artifacts,
                SizeBytes = draft.SizeBytes,
            },
        };
    }

    private static (string Reason, string Message) Judge(Release release, ReleaseObservation seen)
    {
        if (release.Spec.Engine.CannotRead(release.Spec.Source) is { } mismatch)
        {
            return (ReleaseReasons.EngineCannotRead, $"spec.engine.name {mismatch}.");
        }

        // Before a release is verified for the first time, whatever lies there becomes what it means.
        ReleaseStatus? before = release.Status?.ContentHash is null ? null : release.Status;
        (string Reason, string Message)? problem =
            SourceVerdict.Unusable("spec.source.path", seen.Model)
            ?? SourceVerdict.NotAsPinned(release.Spec.Artifacts, seen.Model)
            ?? SourceVerdict.Changed(before?.Artifacts, seen.Model);
        if (problem is null && seen.DraftModel is { } draft)
        {
            problem = SourceVerdict.Unusable("spec.engine.speculation.draftModel", draft)
                ?? SourceVerdict.Changed(before?.DraftModel?.Artifacts, draft);
        }

        if (problem is { } found) return found;
        int files = seen.Model.Artifacts.Count + (seen.DraftModel?.Artifacts.Count ?? 0);
        int pins = release.Spec.Artifacts?.Count ?? 0;
        string noun = files == 1 ? "file" : "files";
        return (ReleaseReasons.DigestsMatch, $"{files} {noun} verified, {pins} of them pinned.");
    }
}
