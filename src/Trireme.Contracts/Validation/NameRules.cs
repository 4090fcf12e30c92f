using System.Text.RegularExpressions;

namespace Trireme.Contracts.Validation;

/// <summary>Kubernetes' forms of names.</summary>
public static partial class NameRules
{
    public const int MaxSubdomain = 253;
    public const int MaxNamePart = 63;
    public const int MaxLabelValue = 63;

    public const string SubdomainRule =
        "must be at most 253 lowercase letters, digits, '-' or '.', and start and end with a letter or digit";

    public const string QualifiedNameRule =
        "is not a qualified name such as app or example.com/app: at most 63 letters, digits, '-', '_' or '.' that start and end with a "
        + "letter or digit, and before a slash at most a domain";

    /// <summary>True for a name such as tiny or tiny.v1.</summary>
    public static bool IsSubdomain(string text) => text.Length <= MaxSubdomain && Subdomain().IsMatch(text);

    /// <summary>True for what names begin with that the server completes: a hyphen or dot may come last.</summary>
    public static bool IsSubdomainPrefix(string text) => IsSubdomain(text.Length > 1 && text[^1] == '-' ? text[..^1] + 'a' : text);

    /// <summary>True for a key of labels, annotations and finalizers: app or example.com/app.</summary>
    public static bool IsQualifiedName(string text)
    {
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        ReadOnlySpan<char> name = text.AsSpan(slash + 1);
        return (slash < 0 || IsSubdomain(text[..slash])) && name.Length is > 0 and <= MaxNamePart && NamePart().IsMatch(name);
    }

    /// <summary>True for a qualified name with a domain before it, such as example.com/hold.</summary>
    public static bool HasDomain(string text) => text.Contains('/', StringComparison.Ordinal) && IsQualifiedName(text);

    public static bool IsLabelValue(string text) => text.Length == 0 || (text.Length <= MaxLabelValue && NamePart().IsMatch(text));

    /// <summary>
    /// What keeps a text from being one segment of a path, as the end of a sentence about it; null where nothing does. An empty segment
    /// names the collection, and a client or server resolves dots before the path is routed, so that both reach another object than the
    /// one that was meant.
    /// </summary>
    public static string? PathSegmentFault(string text) => text switch
    {
        "" => "may not be empty",
        "." or ".." => $"may not be \"{text}\"",
        _ when text.Contains('/', StringComparison.Ordinal) => "may not contain \"/\"",
        _ when text.Contains('%', StringComparison.Ordinal) => "may not contain \"%\"",
        _ => null,
    };

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?\z")]
    private static partial Regex NamePart();
}
