using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trireme.Settings.Types;

/// <summary>Origins of web pages: a list in a file, separated by commas elsewhere.</summary>
internal sealed class OriginListType() : SettingType<IReadOnlyList<string>>(
    "a list of origins, or * for all", "[https://chat.example] in a file, https://chat.example,http://localhost:3000 elsewhere", "ORIGIN")
{
    /// <summary>An origin is a scheme, a host and a port without anything behind them, as a browser sends it.</summary>
    public static bool IsOrigin(string? text) =>
        text == "*" || (Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
            && uri.Scheme is "http" or "https"
            && string.Equals(uri.GetLeftPart(UriPartial.Authority), text, StringComparison.OrdinalIgnoreCase));

    public override bool TryParse(string text, string folder, [MaybeNullWhen(false)] out IReadOnlyList<string> value) =>
        TryRead([.. text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)], out value);

    public override bool TryRead(JsonNode? json, string folder, [MaybeNullWhen(false)] out IReadOnlyList<string> value)
    {
        value = null;
        return json is JsonArray array && TryRead(array.Select(TextOrNull).ToArray(), out value);
    }

    public override JsonNode? Write(IReadOnlyList<string> value) => new JsonArray([.. value.Select(origin => JsonValue.Create(origin))]);

    private static bool TryRead(string?[] origins, [MaybeNullWhen(false)] out IReadOnlyList<string> value)
    {
        value = Array.TrueForAll(origins, IsOrigin) ? [.. origins.Select(origin => origin!)] : null;
        return value is not null;
    }

    private static string? TextOrNull(JsonNode? json) => json?.GetValueKind() == JsonValueKind.String ? json.GetValue<string>() : null;
}
