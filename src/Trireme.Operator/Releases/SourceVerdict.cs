using Trireme.Contracts.Resources;

namespace Trireme.Operator.Releases;

/// <summary>What is wrong with one path of a release, as reason and message of a condition; null where nothing is.</summary>
internal static class SourceVerdict
{
    /// <param name="field">The field that names the path.</param>
    /// <param name="seen">What was found.</param>
    public static (string Reason, string Message)? Unusable(string field, SourceObservation seen)
    {
        if (seen.ResolvedPath is null)
        {
            string looked = seen.Looked.Count == 0 ? "no model folder is configured" : "looked for " + string.Join(", ", seen.Looked);
            string kind = (seen.Kind, seen.IsFile) switch
            {
                (_, true) => "is no file",
                (SourceKind.Model, _) => "is no folder and no .gguf file",
                _ => "is no folder",
            };
            string message =
                $"{field} \"{seen.Path}\" {kind}: {looked}. Put {Noun(seen.Kind)} there or correct the path in a new release.";
            return (ReleaseReasons.SourceNotFound, message);
        }

        if (seen.Unreadable is not null)
        {
            return (ReleaseReasons.SourceUnreadable, $"{seen.ResolvedPath} cannot be read: {seen.Unreadable}");
        }

        return seen.Artifacts.Count > 0
            ? null
            : (ReleaseReasons.SourceEmpty, $"{seen.ResolvedPath} holds no files; put {Noun(seen.Kind)} there.");
    }

    public static (string Reason, string Message)? NotAsPinned(IReadOnlyList<ArtifactPin>? pins, SourceObservation seen)
    {
        if (FirstDifference(pins, seen) is not { } pinned) return null;
        string reason = pinned.Found is null ? ReleaseReasons.ArtifactMissing : ReleaseReasons.DigestMismatch;
        string message = $"{Place(pinned.File, seen)} {Describe(pinned.Found)} but the release pins {pinned.Expected}. "
            + "Restore the file or create a release with its digest.";
        return (reason, message);
    }

    /// <summary>A release never changes: files that differ from those first verified are as bad as a wrong pin.</summary>
    public static (string Reason, string Message)? Changed(IReadOnlyList<ArtifactPin>? before, SourceObservation seen)
    {
        if (FirstDifference(before, seen) is { } changed)
        {
            string message = $"{Place(changed.File, seen)} {Describe(changed.Found)} but was {changed.Expected} "
                + "when the release was verified. Restore it or create a new release.";
            return (ReleaseReasons.ChangedOnDisk, message);
        }

        var known = before?.Select(artifact => artifact.File).ToHashSet();
        string? added = known is null ? null : seen.Artifacts.FirstOrDefault(artifact => !known.Contains(artifact.File))?.File;
        return added is null
            ? null
            : (ReleaseReasons.ChangedOnDisk,
                $"{added} was added to {seen.ResolvedPath} after the release was verified. Remove it or create a new release.");
    }

    /// <summary>What belongs at the path.</summary>
    public static string Noun(SourceKind kind) => kind switch
    {
        SourceKind.Model => "the model",
        SourceKind.Adapter => "the adapter",
        _ => "the template",
    };

    private static Difference? FirstDifference(IReadOnlyList<ArtifactPin>? expected, SourceObservation seen)
    {
        foreach (ArtifactPin pin in expected ?? [])
        {
            string? found = seen.Artifacts.FirstOrDefault(artifact => artifact.File == pin.File)?.Digest;
            if (found != pin.Digest) return new Difference(pin.File, pin.Digest, found);
        }

        return null;
    }

    private static string Place(string file, SourceObservation seen) =>
        file == Path.GetFileName(seen.ResolvedPath) ? seen.ResolvedPath! : $"{file} in {seen.ResolvedPath}";

    private static string Describe(string? found) => found is null ? "is missing" : $"has {found}";

    private sealed record Difference(string File, string Expected, string? Found);
}
