using System.Buffers;
using System.Globalization;
using System.Net;

namespace Trireme.Contracts.Http;

/// <summary>
/// Which requests a listener takes, by what they say of where they were sent and where they come from. A key cannot tell a browser's owner
/// from a page that he has open; this can. A name that a page has made resolve to this machine is refused by its Host header, a page of
/// another origin by Origin and Sec-Fetch-Site, which scripts cannot set.
/// </summary>
public sealed record CallerRules
{
    private const string Anything = "*";

    /// <summary>What would make a name the beginning of something else.</summary>
    private static readonly SearchValues<char> NoHost = SearchValues.Create(" /\\@?#\"");

    /// <summary>Longest foreign text that a refusal repeats.</summary>
    private const int ShownLength = 100;

    /// <summary>The part that listens, for messages.</summary>
    public required string Part { get; init; }

    /// <summary>
    /// The listener is reached from other machines too. It answers to every IP address, which is no name that could be made to resolve to
    /// it, and to the machine's name; otherwise to loopback addresses and "localhost" only.
    /// </summary>
    public bool IsOpen { get; init; }

    /// <summary>Further names it answers to, such as the one a proxy is reached by; "*" for all.</summary>
    public IReadOnlyList<string> Hosts { get; init; } = [];

    /// <summary>The setting that adds to <see cref="Hosts"/>; null where none does.</summary>
    public string? HostsSetting { get; init; }

    /// <summary>Other origins whose pages may call; "*" for all, also where a browser does not say which.</summary>
    public IReadOnlyList<string> Origins { get; init; } = [];

    /// <summary>The setting that adds to <see cref="Origins"/>; null where none does.</summary>
    public string? OriginsSetting { get; init; }

    /// <summary>It has pages: other pages may link to them, though not call them, and a request without a host is refused.</summary>
    public bool HasPages { get; init; }

    /// <summary>Null to take the request. Allocates nothing then, but for hosts that are unusual addresses.</summary>
    public CallerRefusal? Judge(in CallerFacts facts)
    {
        if (facts.Host.Length == 0)
        {
            // No browser leaves the host out, and probes of HTTP/1.0 do.
            return HasPages ? new CallerRefusal(400, "host", $"the request names no host, and the {Part} needs one") : null;
        }

        if (!TryReadHost(facts.Host, out ReadOnlySpan<char> host))
        {
            return new CallerRefusal(400, "host", $"\"{Shown(facts.Host)}\" is no host with a port");
        }

        if (!IsOwn(host, facts.Local)) return ForeignHost(facts.Host);
        return IsOwnPage(facts) ? null : ForeignPage(facts);
    }

    private bool IsOwnPage(in CallerFacts facts)
    {
        if (facts.FetchSite is "same-origin" || IsListed(Origins, facts.Origin)) return true;
        if (facts.Origin.Length > 0) return IsSameOrigin(facts);
        return facts.FetchSite is "" or "none" || (HasPages && facts.IsNavigation);
    }

    private bool IsOwn(ReadOnlySpan<char> host, IPAddress? local)
    {
        if (host is "127.0.0.1" or "[::1]" || host.Equals("localhost", StringComparison.OrdinalIgnoreCase)) return true;
        if (IsListed(Hosts, host)) return true;
        if (IPAddress.TryParse(host.Trim("[]"), out IPAddress? address))
        {
            return IsOpen || IPAddress.IsLoopback(address) || (local is not null && Plain(address).Equals(Plain(local)));
        }

        return IsOpen && host.Equals(Environment.MachineName, StringComparison.OrdinalIgnoreCase);
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static bool IsSameOrigin(in CallerFacts facts)
    {
        ReadOnlySpan<char> origin = facts.Origin;
        int scheme = origin.IndexOf("://", StringComparison.Ordinal);
        return scheme > 0
            && (facts.Scheme is not { } own || origin[..scheme].Equals(own, StringComparison.OrdinalIgnoreCase))
            && origin[(scheme + 3)..].Equals(facts.Host, StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsListed(IReadOnlyList<string> list, ReadOnlySpan<char> name)
    {
        for (int i = 0; i < list.Count; i++)
        {
            if (list[i] == Anything || name.Equals(list[i], StringComparison.OrdinalIgnoreCase)) return true;
        }

        return false;
    }

    /// <summary>Splits "name", "name:port" and "[address]:port".</summary>
    private static bool TryReadHost(ReadOnlySpan<char> text, out ReadOnlySpan<char> host)
    {
        int end = text[0] == '[' ? text.IndexOf(']') + 1 : text.IndexOf(':') is var colon and >= 0 ? colon : text.Length;
        host = text[..end];
        ReadOnlySpan<char> rest = text[end..];
        if (host.IsEmpty || host.ContainsAny(NoHost)) return false;
        if (rest.IsEmpty) return true;
        return rest[0] == ':'
            && (rest.Length == 1 || ushort.TryParse(rest[1..], NumberStyles.None, CultureInfo.InvariantCulture, out _));
    }

    private CallerRefusal ForeignHost(string host) => new(
        421,
        "host",
        $"the {Part} does not answer to the host \"{Shown(host)}\"" + (HostsSetting is null ? "" : $"; {HostsSetting} can name it"));

    private CallerRefusal ForeignPage(in CallerFacts facts)
    {
        string page = facts.Origin.Length > 0 ? $"pages of {Shown(facts.Origin)}" : "pages of other sites";
        return new CallerRefusal(
            403,
            "origin",
            $"{page} may not call the {Part}" + (OriginsSetting is null ? "" : $"; {OriginsSetting} can name their origin"));
    }

    private static string Shown(string text) => text.Length <= ShownLength ? text : text[..ShownLength] + "...";
}

/// <summary>What a request says of itself; empty texts for headers that are not there.</summary>
public readonly record struct CallerFacts
{
    public required string Host { get; init; }

    public required string Origin { get; init; }

    /// <summary>Sec-Fetch-Site: "same-origin", "same-site", "cross-site", "none", or empty for programs that are no browsers.</summary>
    public required string FetchSite { get; init; }

    /// <summary>The listener's own address that the connection came to, which it is called by; null where none is known.</summary>
    public IPAddress? Local { get; init; }

    /// <summary>The scheme that a page's has to be; null for any, since a proxy that ends TLS changes it and no port serves two.</summary>
    public string? Scheme { get; init; }

    /// <summary>A browser follows a link to a page: it reads, and only its owner sees the answer.</summary>
    public required bool IsNavigation { get; init; }
}

/// <summary>Why a request is not taken.</summary>
/// <param name="Status">
/// HTTP status: 400 for no host; 421 for another's, for which there is no authoritative response here (RFC 9110, 15.5.20), so that a
/// client may ask over another connection; 403 for another's page, which no repetition helps (15.5.4).
/// </param>
/// <param name="Reason">"host" or "origin", for metrics.</param>
/// <param name="Message">What is wrong and what to do.</param>
public sealed record CallerRefusal(int Status, string Reason, string Message)
{
    /// <summary>The message as a whole sentence.</summary>
    public string Sentence => char.ToUpperInvariant(Message[0]) + Message[1..] + ".";
}
