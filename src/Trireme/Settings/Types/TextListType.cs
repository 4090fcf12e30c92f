using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trireme.Settings.Types;

/// <summary>Texts of one kind: a list in a file, separated by commas elsewhere.</summary>
internal abstract class TextListType(string rule, string examples, string placeholder)
    : SettingType<IReadOnlyList<string>>(rule, examples, placeholder)
{
    public override bool TryParse(string text, string folder, [MaybeNullWhen(false)] out IReadOnlyList<string> value) =>
        TryRead([.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)], out value);

    public override bool TryRead(JsonNode? json, string folder, [MaybeNullWhen(false)] out IReadOnlyList<string> value)
    {
        value = null;
        return json is JsonArray array && TryRead(array.Select(TextOrNull).ToArray(), out value);
    }

    public override JsonNode? Write(IReadOnlyList<string> value) => new JsonArray([.. value.Select(item => JsonValue.Create(item))]);

    /// <summary>Whether a text may stand in the list.</summary>
    protected abstract bool IsAllowed(string? text);

    private bool TryRead(string?[] items, [MaybeNullWhen(false)] out IReadOnlyList<string> value)
    {
        value = Array.TrueForAll(items, IsAllowed) ? [.. items.Select(item => item!)] : null;
        return value is not null;
    }

    private static string? TextOrNull(JsonNode? json) => json?.GetValueKind() == JsonValueKind.String ? json.GetValue<string>() : null;
}

/// <summary>Origins of web pages.</summary>
internal sealed class OriginListType() : TextListType(
    "a list of origins, or * for all", "[https://chat.example] in a file, https://chat.example,http://localhost:3000 elsewhere", "ORIGIN")
{
    /// <summary>An origin is a scheme, a host and a port without anything behind them, as a browser sends it.</summary>
    public static bool IsOrigin(string? text) =>
        text == "*" || (Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
            && uri.Scheme is "http" or "https"
            && string.Equals(uri.GetLeftPart(UriPartial.Authority), text, StringComparison.OrdinalIgnoreCase));

    protected override bool IsAllowed(string? text) => IsOrigin(text);
}

/// <summary>Names or addresses that a listener answers to, without a port.</summary>
internal sealed class HostListType() : TextListType(
    "a list of host names, or * for all", "[models.example.com] in a file, models.example.com,10.0.0.7 elsewhere", "HOST")
{
    protected override bool IsAllowed(string? text) => text == "*" || Uri.CheckHostName(text) != UriHostNameType.Unknown;
}
