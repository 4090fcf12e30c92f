using Trireme.Contracts.Resources;
using Trireme.Operator.Hashing;

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
}

/// <summary>Judges what is on disk against what the release pins.</summary>
internal static class ReleaseStatusPlan
{
    /// <summary>Identity of a release: everything in its spec and the content of every file.</summary>
    public static string ContentHash(ReleaseSpec spec, IReadOnlyList<ArtifactPin> artifacts) =>
        CanonicalJson.Sha256(new { spec, artifacts });

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
        string hash = ContentHash(release.Spec, seen.Artifacts);
        return status with
        {
            ContentHash = hash,
            ShortHash = hash[..12],
            ResolvedPath = seen.ResolvedPath,
            Artifacts = seen.Artifacts,
            SizeBytes = seen.SizeBytes,
        };
    }

    private static (string Reason, string Message) Judge(Release release, ReleaseObservation seen)
    {
        if (seen.ResolvedPath is null)
        {
            string looked = seen.Looked.Count == 0 ? "no model folder is configured" : "looked for " + string.Join(", ", seen.Looked);
            string message = $"spec.source.path \"{release.Spec.Source.Path}\" is no folder: {looked}. "
                + "Put the model there or correct the path in a new release.";
            return (ReleaseReasons.SourceNotFound, message);
        }

        if (seen.Unreadable is not null)
        {
            return (ReleaseReasons.SourceUnreadable, $"{seen.ResolvedPath} cannot be read: {seen.Unreadable}");
        }

        if (seen.Artifacts.Count == 0)
        {
            return (ReleaseReasons.SourceEmpty, $"{seen.ResolvedPath} holds no files; put the model's files there.");
        }

        if (FirstDifference(release.Spec.Artifacts, seen) is not { } pinned) return Unchanged(release, seen);
        string reason = pinned.Found is null ? ReleaseReasons.ArtifactMissing : ReleaseReasons.DigestMismatch;
        string difference = $"{pinned.File} in {seen.ResolvedPath} {Describe(pinned.Found)} but the release pins {pinned.Expected}. "
            + "Restore the file or create a release with its digest.";
        return (reason, difference);
    }

    /// <summary>A release never changes: files that differ from those first verified are as bad as a wrong pin.</summary>
    private static (string Reason, string Message) Unchanged(Release release, ReleaseObservation seen)
    {
        IReadOnlyList<ArtifactPin>? before = release.Status?.ContentHash is null ? null : release.Status.Artifacts;
        if (FirstDifference(before, seen) is { } changed)
        {
            string message = $"{changed.File} in {seen.ResolvedPath} {Describe(changed.Found)} but was {changed.Expected} "
                + "when the release was verified. Restore it or create a new release.";
            return (ReleaseReasons.ChangedOnDisk, message);
        }

        var known = before?.Select(artifact => artifact.File).ToHashSet();
        string? added = known is null ? null : seen.Artifacts.FirstOrDefault(artifact => !known.Contains(artifact.File))?.File;
        if (added is not null)
        {
            string message = $"{added} was added to {seen.ResolvedPath} after the release was verified. "
                + "Remove it or create a new release.";
            return (ReleaseReasons.ChangedOnDisk, message);
        }

        int pins = release.Spec.Artifacts?.Count ?? 0;
        return (ReleaseReasons.DigestsMatch, $"{seen.Artifacts.Count} files verified, {pins} of them pinned.");
    }

    private static Difference? FirstDifference(IReadOnlyList<ArtifactPin>? expected, ReleaseObservation seen)
    {
        foreach (ArtifactPin pin in expected ?? [])
        {
            string? found = seen.Artifacts.FirstOrDefault(artifact => artifact.File == pin.File)?.Digest;
            if (found != pin.Digest) return new Difference(pin.File, pin.Digest, found);
        }

        return null;
    }

    private static string Describe(string? found) => found is null ? "is missing" : $"has {found}";

    private sealed record Difference(string File, string Expected, string? Found);
}
