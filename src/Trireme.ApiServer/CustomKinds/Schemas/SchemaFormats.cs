using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Mail;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.CustomKinds.Schemas;

/// <summary>The formats of values that are checked. One that a cluster does not know is checked by nobody.</summary>
internal static class SchemaFormats
{
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    /// <summary>
    /// What clusters check (k8s.io/apiextensions-apiserver, pkg/apiserver/validation/formats.go) and this server does not. Definitions with
    /// them are refused.
    /// </summary>
    public static IReadOnlyList<string> Unchecked { get; } = ["creditcard", "isbn", "isbn10", "isbn13", "rgbcolor", "ssn"];

    /// <summary>Whether a text or a number is of a format; true for a format that says nothing of such a value.</summary>
    public static bool Fits(string format, JsonValue value) => value.GetValueKind() switch
    {
        JsonValueKind.String => FitsText(format, value.GetValue<string>()),
        JsonValueKind.Number => FitsNumber(format, value),
        _ => true,
    };

    private static bool FitsText(string format, string text) => format switch
    {
        "date-time" => text.Length >= 20 && text[10] is 'T' or 't'
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _),
        "date" => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out _),
        "byte" => IsBase64(text),
        "uuid" or "uuid3" or "uuid4" or "uuid5" => Guid.TryParseExact(text, "D", out _),
        "ipv4" => text.Split('.').Length == 4 && IsAddress(text, AddressFamily.InterNetwork),
        "ipv6" => IsAddress(text, AddressFamily.InterNetworkV6),
        "cidr" => IPNetwork.TryParse(text, out _),
        "mac" => PhysicalAddress.TryParse(text, out _),
        "email" => MailAddress.TryCreate(text, out MailAddress? mail) && mail.Address == text,
        "hostname" => Uri.CheckHostName(text) is UriHostNameType.Dns or UriHostNameType.IPv4,
        "uri" => Uri.TryCreate(text, UriKind.Absolute, out _),
        "hexcolor" => text.TrimStart('#') is { Length: 3 or 6 } digits && digits.All(char.IsAsciiHexDigit),
        "bsonobjectid" => text.Length == 24 && text.All(char.IsAsciiHexDigit),
        "k8s-short-name" => text.Length <= 63 && !text.Contains('.', StringComparison.Ordinal) && NameRules.IsSubdomain(text),
        "k8s-long-name" => NameRules.IsSubdomain(text),
        "duration" => IsDuration(text),
        _ => true,
    };

    private static bool FitsNumber(string format, JsonValue value)
    {
        (Int128 least, Int128 most) = format switch
        {
            "int32" => ((Int128)int.MinValue, (Int128)int.MaxValue),
            "int64" => (long.MinValue, long.MaxValue),
            _ => (Int128.MinValue, Int128.MaxValue),
        };
        bool isWhole = JsonIntegers.TryParse(System.Text.Encoding.ASCII.GetBytes(value.ToJsonString()), out Int128 number);
        return !isWhole || (number >= least && number <= most);
    }

    private static bool IsAddress(string text, AddressFamily family) =>
        IPAddress.TryParse(text, out IPAddress? address) && address.AddressFamily == family;

    private static bool IsBase64(string text) =>
        Convert.TryFromBase64String(text, new byte[(text.Length / 4 * 3) + 3], out _) && !text.Any(char.IsWhiteSpace);

    /// <summary>Go's durations: numbers with units, such as 1h30m or 1.5s.</summary>
    private static bool IsDuration(string text)
    {
        ReadOnlySpan<char> rest = text.AsSpan().TrimStart("+-");
        if (rest is "0") return true;
        if (rest.Length == 0) return false;
        while (rest.Length > 0)
        {
            int digits = rest.IndexOfAnyExcept(Digits);
            if (digits <= 0) return false;
            rest = rest[digits..];
            int unit = rest.IndexOfAny(Digits);
            if ((unit < 0 ? rest : rest[..unit]) is not ("ns" or "us" or "µs" or "ms" or "s" or "m" or "h")) return false;
            rest = unit < 0 ? [] : rest[unit..];
        }

        return true;
    }
}
