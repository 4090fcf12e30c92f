using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Trireme.Operator.Artifacts;

/// <summary>Reads what a hub says: listings, and refusals.</summary>
internal static partial class HubAnswer
{
    private const int DepthMax = 16;

    private static readonly JsonDocumentOptions Bounded = new() { MaxDepth = DepthMax };

    /// <summary>The commit of an answer to /api/models/ID/revision/REVISION; null where it has none.</summary>
    public static string? Commit(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, Bounded);
            if (document.RootElement is not { ValueKind: JsonValueKind.Object } root) return null;
            return Text(root, "sha") is { } sha && IsCommit(sha) ? sha : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The files of one page of /api/models/ID/tree/COMMIT; null where it is no such page.</summary>
    public static IReadOnlyList<RemoteFile>? Files(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, Bounded);
            if (document.RootElement.ValueKind != JsonValueKind.Array) return null;
            var files = new List<RemoteFile>();
            foreach (JsonElement entry in document.RootElement.EnumerateArray())
            {
                if (entry.ValueKind != JsonValueKind.Object) return null;
                if (Text(entry, "type") != "file") continue;
                if (FileOf(entry) is not { } file) return null;
                files.Add(file);
            }

            return files;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static bool IsCommit(string text) => Commits().IsMatch(text);

    /// <summary>What an answer that is not 200 says.</summary>
    /// <param name="address">What was asked for, for people.</param>
    /// <param name="status">The answer's status.</param>
    /// <param name="code">Its header X-Error-Code.</param>
    /// <param name="message">Its header X-Error-Message.</param>
    /// <param name="retryAfter">Its header Retry-After.</param>
    /// <param name="credentials">Who asked.</param>
    public static FetchProblem Problem(
        string address, HttpStatusCode status, string? code, string? message, TimeSpan? retryAfter, PullCredentials credentials)
    {
        string said = message is { Length: > 0 } ? $" The hub says: {RemoteNames.Show(message)}" : "";
        return (code, (int)status) switch
        {
            ("GatedRepo", _) => FetchProblem.Refused(
                FetchReasons.SourceRefused,
                $"{address} is gated: ask for access on its page at the hub, and {credentials.Advice}.{said}"),
            ("RevisionNotFound", _) => FetchProblem.Refused(
                FetchReasons.SourceNotFound,
                $"{address}: the hub has no such revision; name a branch, tag or commit it has in a new release.{said}"),
            ("EntryNotFound", _) => FetchProblem.Refused(
                FetchReasons.SourceNotFound, $"{address}: the hub has no such file in that revision; correct it in a new release.{said}"),
            ("RepoNotFound", _) or (_, 404) => FetchProblem.Refused(
                FetchReasons.SourceNotFound,
                $"{address}: the hub has no such model, or not for who asks; correct the name in a new release, or "
                + $"{credentials.Advice}.{said}"),
            (_, 401) => FetchProblem.Refused(
                FetchReasons.SourceRefused, $"{address}: the hub wants to know who asks; {credentials.Advice}.{said}"),
            (_, 403 or 451) => FetchProblem.Refused(FetchReasons.SourceRefused, $"{address}: the hub refuses it ({(int)status}).{said}"),
            (_, 429) => FetchProblem.Unknown(
                FetchReasons.SourceUnreachable,
                $"{address}: the hub has had too many requests (429); it is asked again later.",
                retryAfter),
            (_, var other) => FetchProblem.Unknown(
                FetchReasons.SourceUnreachable, $"{address}: the hub answered {other}; it is asked again later.{said}", retryAfter),
        };
    }

    private static RemoteFile? FileOf(JsonElement entry)
    {
        if (Text(entry, "path") is not { } path || Text(entry, "oid") is not { } oid || !Commits().IsMatch(oid)) return null;
        if (Size(entry) is not { } size) return null;
        var file = new RemoteFile { Name = path, Key = path, SizeBytes = size, GitSha1 = oid };
        if (!entry.TryGetProperty("lfs", out JsonElement large) || large.ValueKind == JsonValueKind.Null) return file;
        if (large.ValueKind != JsonValueKind.Object || Text(large, "oid") is not { } sha256 || !Digests().IsMatch(sha256)) return null;

        // The object id of a large file is that of the pointer to it.
        return Size(large) is { } content ? file with { SizeBytes = content, GitSha1 = null, Sha256 = sha256 } : null;
    }

    private static string? Text(JsonElement parent, string name)
    {
        if (!parent.TryGetProperty(name, out JsonElement value) || value.ValueKind != JsonValueKind.String) return null;
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair is no text.
            return null;
        }
    }

    private static long? Size(JsonElement parent) =>
        parent.TryGetProperty("size", out JsonElement value)
        && value.ValueKind == JsonValueKind.Number
        && value.TryGetInt64(out long size)
        && size >= 0
            ? size
            : null;

    [GeneratedRegex(@"^[0-9a-f]{40}\z")]
    private static partial Regex Commits();

    [GeneratedRegex(@"^[0-9a-f]{64}\z")]
    private static partial Regex Digests();
}
