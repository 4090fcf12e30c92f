using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace Trireme.Contracts.Validation;

/// <summary>Faults of Kubernetes' own kinds in the words of Kubernetes, which its clients know.</summary>
internal static partial class FieldFaults
{
    /// <summary>A name as of a container: a DNS label.</summary>
    private const string LabelRule =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric "
        + "character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";

    public static void Missing(this FieldErrors errors, string field, string why = "") =>
        errors.Required(field, why.Length == 0 ? "Required value" : "Required value: " + why);

    public static void Wrong(this FieldErrors errors, string field, string value, string why) =>
        errors.Invalid(field, $"Invalid value: \"{value}\": {why}");

    public static void Wrong(this FieldErrors errors, string field, long value, string why) =>
        errors.Invalid(field, string.Create(CultureInfo.InvariantCulture, $"Invalid value: {value}: {why}"));

    public static void Twice(this FieldErrors errors, string field, string value) =>
        errors.Add(field, FieldErrorType.Duplicate, $"Duplicate value: \"{value}\"");

    public static void Absent(this FieldErrors errors, string field, string value) =>
        errors.Add(field, FieldErrorType.NotFound, $"Not found: \"{value}\"");

    public static void Forbid(this FieldErrors errors, string field, string why) =>
        errors.Add(field, FieldErrorType.Forbidden, "Forbidden: " + why);

    /// <summary>Refuses a value that is none of a few; an absent one passes.</summary>
    public static void OneOf(this FieldErrors errors, string field, string? value, params ReadOnlySpan<string> supported)
    {
        if (value is null || supported.Contains(value)) return;
        string list = string.Join(", ", supported.ToArray().Order(StringComparer.Ordinal).Select(static known => $"\"{known}\""));
        errors.Add(field, FieldErrorType.NotSupported, $"Unsupported value: \"{value}\": supported values: {list}");
    }

    public static void NotNegative(this FieldErrors errors, string field, long? value)
    {
        if (value < 0) errors.Wrong(field, value.Value, "must be greater than or equal to 0");
    }

    public static void Between(this FieldErrors errors, string field, long? value, long least, long most)
    {
        if (value is not { } number || (number >= least && number <= most)) return;
        errors.Wrong(field, number, string.Create(CultureInfo.InvariantCulture, $"must be between {least} and {most}, inclusive"));
    }

    /// <summary>Refuses what is no DNS label.</summary>
    public static void Label(this FieldErrors errors, string field, string value)
    {
        if (value.Length > NameRules.MaxNamePart) errors.Wrong(field, value, "must be no more than 63 characters");
        if (!DnsLabel().IsMatch(value)) errors.Wrong(field, value, LabelRule);
    }

    /// <summary>Refuses what is no IPv4 or IPv6 address.</summary>
    public static void Address(this FieldErrors errors, string field, string value)
    {
        bool isAddress = IPAddress.TryParse(value, out _)
            && (value.Contains(':', StringComparison.Ordinal) || value.AsSpan().Count('.') == 3);
        if (!isAddress) errors.Wrong(field, value, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
    }

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex DnsLabel();
}
