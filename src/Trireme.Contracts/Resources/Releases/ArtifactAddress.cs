using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>Where files of a release are when they are not on this machine, in place of a path.</summary>
/// <param name="Text">The address as the release writes it.</param>
/// <param name="Scheme">One of <see cref="ArtifactSchemes"/>.</param>
/// <param name="Container">The hub's OWNER/MODEL, the bucket, or host and port.</param>
/// <param name="Path">What is named inside it: a folder or a file, without a slash in front; empty for all of it.</param>
/// <param name="Revision">Branch, tag or commit, for the hub.</param>
public sealed partial record ArtifactAddress(string Text, string Scheme, string Container, string Path, string? Revision = null)
{
    private const string Separator = "://";
    private const string DefaultRevision = "main";

    /// <summary>The longest key of S3; longer paths lead nowhere.</summary>
    private const int LengthMax = 1024;

    /// <summary>True for an address, right or wrong; false for a path.</summary>
    public static bool IsAddress(string location) => location.Contains(Separator, StringComparison.Ordinal);

    /// <param name="location">What a release names.</param>
    /// <param name="address">Its parts.</param>
    /// <returns>False for a path, and for an address that <see cref="ProblemOf"/> refuses.</returns>
    public static bool TryParse(string location, [NotNullWhen(true)] out ArtifactAddress? address)
    {
        (address, _) = Parse(location);
        return address is not null;
    }

    /// <summary>Why a location is no address that this version fetches from, and what to write instead; null for one that is.</summary>
    public static string? ProblemOf(string location) => Parse(location).Problem;

    /// <summary>Refuses a location that is neither an address that is fetched from nor a path below a model folder.</summary>
    internal static void Validate(string field, string location, FieldErrors errors)
    {
        if (!IsAddress(location)) ModelSource.RefuseClimbing(field, location, errors);
        else if (ProblemOf(location) is { } problem) errors.Invalid(field, problem);
    }

    private static (ArtifactAddress? Address, string? Problem) Parse(string location)
    {
        int end = location.IndexOf(Separator, StringComparison.Ordinal);
        if (end < 0) return (null, "is a path");
        if (location.Length > LengthMax) return (null, $"is longer than {LengthMax} characters");
        if (location.Any(static letter => letter is <= ' ' or '\\' or >= '\x7f'))
        {
            return (null, "holds a blank, a backslash or a character outside of ASCII; write it percent-encoded, as %20");
        }

        string rest = location[(end + Separator.Length)..];
        return location[..end] switch
        {
            ArtifactSchemes.Hub => ParseHub(location, rest),
            ArtifactSchemes.S3 => ParseS3(location, rest),
            ArtifactSchemes.Https => ParseHttps(location, rest),
            "oci" => (null, "is an OCI registry's, from which this version does not fetch; use hf://, s3:// or https://, or a folder"),
            "http" => (null, "is not encrypted, so that anyone on the way could change a model; use https://"),
            "file" => (null, "is a path of this machine; write the path alone"),
            var other => (
                null, $"has the unknown scheme \"{other}\"; use hf://OWNER/MODEL@REVISION, s3://BUCKET/PREFIX, https:// or a path"),
        };
    }

    private static (ArtifactAddress?, string?) ParseHub(string location, string rest)
    {
        Match match = HubName().Match(rest);
        if (!match.Success) return (null, "must be hf://OWNER/MODEL@REVISION, with a file of it behind a slash where one is meant");
        string container = match.Groups["repository"].Value;
        if (container.Contains("--", StringComparison.Ordinal) || container.Contains("..", StringComparison.Ordinal))
        {
            return (null, $"names \"{container}\", and the hub has no names with \"--\" or \"..\"");
        }

        string revision = match.Groups["revision"] is { Success: true } named ? Uri.UnescapeDataString(named.Value) : DefaultRevision;
        string path = Uri.UnescapeDataString(match.Groups["path"].Value);
        return PathProblem(path) is { } problem || (problem = PathProblem(revision)) is not null
            ? (null, problem)
            : (new ArtifactAddress(location, ArtifactSchemes.Hub, container, path, revision), null);
    }

    private static (ArtifactAddress?, string?) ParseS3(string location, string rest)
    {
        Match match = BucketName().Match(rest);
        if (!match.Success) return (null, "must be s3://BUCKET/PREFIX; a bucket's name has 3 to 63 of a-z, 0-9, \".\" and \"-\"");
        string path = Uri.UnescapeDataString(match.Groups["path"].Value).TrimEnd('/');
        return PathProblem(path) is { } problem
            ? (null, problem)
            : (new ArtifactAddress(location, ArtifactSchemes.S3, match.Groups["bucket"].Value, path), null);
    }

    private static (ArtifactAddress?, string?) ParseHttps(string location, string rest)
    {
        if (!Uri.TryCreate(location, UriKind.Absolute, out Uri? uri) || uri.Host.Length == 0)
        {
            return (null, "is no address of a web server");
        }

        if (uri.UserInfo.Length > 0) return (null, "holds a password, which everyone who reads the release would see; use spec.pullSecret");
        if (rest.Contains('?', StringComparison.Ordinal) || rest.Contains('#', StringComparison.Ordinal))
        {
            return (null, "has a query or a fragment; a signed address ends, and is a secret: use spec.pullSecret, or a plain address");
        }

        string path = Uri.UnescapeDataString(uri.AbsolutePath)[1..];
        if (path.Length == 0 || path.EndsWith('/'))
        {
            return (null, "names no file; a web server lists no folders, so it can give single files: use hf:// or s3:// for a folder");
        }

        return PathProblem(path) is { } problem
            ? (null, problem)
            : (new ArtifactAddress(location, ArtifactSchemes.Https, uri.Authority, path), null);
    }

    private static string? PathProblem(string path) =>
        path.Length > 0 && path.Split('/').Any(static part => part is "" or "." or "..")
            ? "must not hold empty parts, \".\" or \"..\""
            : null;

    [GeneratedRegex(
        @"^(?<repository>[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95})"
        + @"(@(?<revision>[A-Za-z0-9._%+-]{1,255}))?(/(?<path>[^@]+))?\z")]
    private static partial Regex HubName();

    [GeneratedRegex(@"^(?<bucket>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(/(?<path>.*))?\z")]
    private static partial Regex BucketName();
}

/// <summary>Schemes of addresses that releases may name.</summary>
public static class ArtifactSchemes
{
    /// <summary>A model hub that speaks Hugging Face's protocol.</summary>
    public const string Hub = "hf";

    /// <summary>A bucket of an S3 server.</summary>
    public const string S3 = "s3";

    /// <summary>A single file of a web server.</summary>
    public const string Https = "https";
}
