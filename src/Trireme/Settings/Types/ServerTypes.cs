using System.Text.Json.Nodes;

namespace Trireme.Settings.Types;

/// <summary>The address of another server.</summary>
internal sealed class ServerType()
    : SettingType<string?>("an address that begins with https:// or http://", "https://hub.example.com", "URL")
{
    public override bool TryParse(string text, string folder, out string? value)
    {
        value = text;
        return Uri.TryCreate(text, UriKind.Absolute, out Uri? uri)
            && uri.Scheme is "https" or "http"
            && uri is { UserInfo.Length: 0, Query.Length: 0, Fragment.Length: 0 };
    }

    public override JsonNode? Write(string? value) => value is null ? null : JsonValue.Create(value);
}

/// <summary>A region of a cloud.</summary>
internal sealed class RegionType() : SettingType<string>("a region's name", "eu-central-1", "REGION")
{
    public override bool TryParse(string text, string folder, out string value)
    {
        value = text;
        return text.Length is > 0 and <= 63 && text.All(static letter => char.IsAsciiLetterOrDigit(letter) || letter == '-');
    }

    public override JsonNode? Write(string value) => JsonValue.Create(value);
}
