using Trireme.Inference.Grammars.Patterns;

namespace Trireme.Inference.Grammars.Json;

/// <summary>
/// The formats of JSON Schema that a regular expression gives. Each is a part of what its standard allows that every reader accepts:
/// no 29 February and no leap second, for instance, because a pattern cannot say when they exist.
/// </summary>
internal static class FormatPatterns
{
    private const string Date =
        @"[1-9][0-9]{3}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
        + @"|02-(?:0[1-9]|1[0-9]|2[0-8]))";

    private const string Time = @"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?(?:Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9])";
    private const string Label = @"[a-z](?:[a-z0-9]|-[a-z0-9]){0,30}";
    private const string Host = Label + @"(?:\." + Label + @"){1,3}";
    private const string Email = @"[A-Za-z0-9_+-]{1,32}(?:\.[A-Za-z0-9_+-]{1,32}){0,2}@" + Host;
    private const string Pointer = "(?:/[A-Za-z0-9_ .-]{0,32}){0,8}";
    private const string Byte = @"(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private const string Uri = @"https?://" + Host + @"(?:/[A-Za-z0-9._~-]{1,64}){0,8}/?";

    private static readonly Dictionary<string, string> Expressions = new(StringComparer.Ordinal)
    {
        ["date"] = Date,
        ["time"] = Time,
        ["date-time"] = Date + "T" + Time,
        ["duration"] = @"P(?:[0-9]{1,4}D(?:T[0-9]{1,4}[HMS])?|T[0-9]{1,4}[HMS]|[0-9]{1,4}W)",
        ["uuid"] = @"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        ["email"] = Email,
        ["hostname"] = Host,
        ["ipv4"] = Byte + @"(?:\." + Byte + "){3}",
        ["ipv6"] = @"[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){7}",
        ["uri"] = Uri,
        ["uri-reference"] = Uri,
        ["uri-template"] = Uri,
        ["iri"] = Uri,
        ["iri-reference"] = Uri,
        ["idn-email"] = Email,
        ["idn-hostname"] = Host,
        ["json-pointer"] = Pointer,
        ["relative-json-pointer"] = "(?:0|[1-9][0-9]{0,2})(?:#|" + Pointer + ")",
        ["regex"] = @"\^?(?:(?:[A-Za-z0-9_ -]|\\[dwsDWS.]|\.|\[(?:a-z|A-Z|0-9)\])[*+?]?){1,64}\$?",
    };

    public static bool IsKnown(string format) => Expressions.ContainsKey(format);

    /// <summary>Null for a format this engine does not know.</summary>
    public static Pattern? Find(string format) =>
        Expressions.TryGetValue(format, out string? expression) ? PatternParser.ParseWhole(expression, "format") : null;
}
