using Trireme.Contracts.Engines;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;
using Trireme.Operator.Artifacts;

namespace Trireme.Operator.Releases;

/// <summary>Reasons of a Release's Verified condition.</summary>
internal static class ReleaseReasons
{
    /// <summary>The files are here and being read.</summary>
    public const string Reading = "Reading";

    public const string DigestsMatch = "DigestsMatch";
    public const string SourceNotFound = "SourceNotFound";
    public const string SourceUnreadable = "SourceUnreadable";
    public const string SourceEmpty = "SourceEmpty";
    public const string ArtifactMissing = "ArtifactMissing";
    public const string DigestMismatch = "DigestMismatch";
    public const string ChangedOnDisk = "ChangedOnDisk";
    public const string EngineCannotRead = "EngineCannotRead";
    public const string PartsMismatch = "PartsMismatch";
}

/// <summary>Judges what is on disk against what the release pins.</summary>
internal static class ReleaseStatusPlan
{
    /// <summary>
    /// Identity of a release: everything in its spec that is content, and the content of every file it names. What a release does not name
    /// is absent, so that the identity stays when another version learns to name more.
    /// </summary>
    public static string ContentHash(Release release, ReleaseObservation seen)
    {
        // An earlier version counted the description as well. What it verified keeps its identity, or an upgrade would start rollouts.
        ReleaseSpec content = release.Spec with { PullSecret = null };
        return release.Status?.ContentHash is { } known && known == Hash(content, seen)
            ? known
            : Hash(content with { Description = null }, seen);
    }

    /// <summary>
    /// Whether it counts if the parts belong together. What served before goes on: the engine has read it, whatever a newer version of this
    /// check thinks.
    /// </summary>
    public static bool ComparesParts(Release release) => release.Status?.ContentHash is null;

    /// <summary>The status of a release whose files are not all here.</summary>
    /// <param name="release">As it is.</param>
    /// <param name="sources">How far each address is.</param>
    /// <param name="problem">Why they are not here; what is known of them stays true.</param>
    /// <param name="now">The time of day.</param>
    public static ReleaseStatus NotHere(Release release, IReadOnlyList<SourceStatus> sources, FetchProblem problem, DateTimeOffset now)
    {
        var condition = new Condition
        {
            Type = ReleaseConditions.Verified,
            Status = problem.IsVerdict ? ConditionStatus.False : ConditionStatus.Unknown,
            ObservedGeneration = release.Metadata.Generation,
            Reason = problem.Reason,
            Message = problem.Message,
        };
        return (release.Status ?? new ReleaseStatus()) with
        {
            Conditions = (release.Status?.Conditions).With(condition, now),
            ObservedGeneration = release.Metadata.Generation,
            Sources = sources,
        };
    }

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
        string hash = ContentHash(release, seen);
        return status with
        {
            ContentHash = hash,
            ShortHash = hash[..12],
            ResolvedPath = seen.Model.ResolvedPath,
            Artifacts = seen.Model.Artifacts,
            SizeBytes = seen.Model.SizeBytes,
            Size = new ByteSize(seen.Model.SizeBytes).ToRoundedText(),
            DraftModel = seen.DraftModel is not { } draft ? null : new DraftModelStatus
            {
                ResolvedPath = draft.ResolvedPath!,
                Artifacts = draft.Artifacts,
                SizeBytes = draft.SizeBytes,
            },
            ChatTemplate = seen.ChatTemplate is not { } template ? null : new ChatTemplateStatus
            {
                ResolvedPath = template.ResolvedPath!,
                Digest = template.Artifacts[0].Digest,
                SizeBytes = template.SizeBytes,
            },
            Adapters = seen.Adapters is [] ? null : [.. seen.Adapters.Select(adapter => new AdapterStatus
            {
                Name = adapter.Name,
                ResolvedPath = adapter.Source.ResolvedPath!,
                Artifacts = adapter.Source.Artifacts,
                SizeBytes = adapter.Source.SizeBytes,
            })],
        };
    }

    /// <summary>How the files differ from those that were verified; null if they do not.</summary>
    public static string? Difference(Release release, ReleaseObservation seen)
    {
        (string reason, string message) = Judge(release, seen);
        return reason == ReleaseReasons.DigestsMatch ? null : message;
    }

    private static string Hash(ReleaseSpec spec, ReleaseObservation seen) => CanonicalJson.Sha256(new
    {
        spec,
        artifacts = seen.Model.Artifacts,
        draftArtifacts = seen.DraftModel?.Artifacts,
        chatTemplateArtifacts = seen.ChatTemplate?.Artifacts,
        adapterArtifacts = seen.Adapters is [] ? null : seen.Adapters.Select(adapter => new { adapter.Name, adapter.Source.Artifacts }),
    });

    private static (string Reason, string Message) Judge(Release release, ReleaseObservation seen)
    {
        if (EngineCatalog.CannotRun(release.Spec) is { } unfit)
        {
            return (ReleaseReasons.EngineCannotRead, $"spec.engine.name {unfit}.");
        }

        int files = 0, pins = 0;
        foreach (PinnedSource source in SourcesOf(release, seen))
        {
            (string Reason, string Message)? problem = SourceVerdict.Unusable(source.Field, source.Seen)
                ?? SourceVerdict.NotAsPinned(source.Pins, source.Seen)
                ?? SourceVerdict.Changed(source.Before, source.Seen);
            if (problem is { } found) return found;
            files += source.Seen.Artifacts.Count;
            pins += source.Pins?.Count ?? 0;
        }

        if (ComparesParts(release) && seen.Mismatch is { } mismatch)
        {
            return (ReleaseReasons.PartsMismatch, $"{mismatch}. Put the parts of one model together in a new release.");
        }

        return (ReleaseReasons.DigestsMatch, Verified(files, pins));
    }

    /// <summary>What was verified, and against what: digests that the release names, or what was found at the first look.</summary>
    private static string Verified(int files, int pins)
    {
        string what = files == 1 ? "1 file is verified" : $"{files} files are verified";
        return pins switch
        {
            0 => $"{what} and recorded by digest; the release names no digests of its own to compare them with (spec.artifacts).",
            _ when pins >= files => $"{what} against the digests that the release names.",
            _ => $"{what} and recorded by digest, {pins} of them against digests that the release names.",
        };
    }

    private static IEnumerable<PinnedSource> SourcesOf(Release release, ReleaseObservation seen)
    {
        // Before a release is verified for the first time, whatever lies there becomes what it means.
        ReleaseSpec spec = release.Spec;
        ReleaseStatus? before = release.Status?.ContentHash is null ? null : release.Status;
        yield return new PinnedSource("spec.source.path", seen.Model, spec.Artifacts, before?.Artifacts);
        if (seen.DraftModel is { } draft)
        {
            yield return new PinnedSource("spec.engine.speculation.draftModel", draft, Pins: null, before?.DraftModel?.Artifacts);
        }

        if (seen.ChatTemplate is { } template)
        {
            yield return new PinnedSource(
                "spec.chatTemplate.path",
                template,
                PinsOf(spec.ChatTemplate!.Path, spec.ChatTemplate.Digest),
                before?.ChatTemplate is { } known ? PinsOf(known.ResolvedPath, known.Digest) : null);
        }

        for (int i = 0; i < seen.Adapters.Count; i++)
        {
            (string name, SourceObservation source) = seen.Adapters[i];
            AdapterStatus? known = before?.Adapters?.FirstOrDefault(adapter => adapter.Name == name);
            yield return new PinnedSource($"spec.adapters[{i}].source.path", source, spec.Adapters![i].Artifacts, known?.Artifacts);
        }
    }

    private static IReadOnlyList<ArtifactPin>? PinsOf(string file, string? digest) =>
        digest is null ? null : [new ArtifactPin { File = Path.GetFileName(file), Digest = digest }];

    /// <summary>A path of a release with the digests its files must have.</summary>
    /// <param name="Field">The field that names it.</param>
    /// <param name="Seen">What is there.</param>
    /// <param name="Pins">What the release says of its files.</param>
    /// <param name="Before">What was there when the release was first verified.</param>
    private sealed record PinnedSource(
        string Field, SourceObservation Seen, IReadOnlyList<ArtifactPin>? Pins, IReadOnlyList<ArtifactPin>? Before);
}
