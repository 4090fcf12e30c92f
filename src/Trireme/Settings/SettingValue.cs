using System.Text.Json.Nodes;

namespace Trireme.Settings;

/// <summary>A value that one source gives to one key.</summary>
internal sealed record SettingValue
{
    private const int LongestShown = 60;

    public required string Key { get; init; }

    /// <summary>Where it stands, such as "trireme.yaml:4", "TRIREME_LOG_LEVEL" or "--port".</summary>
    public required string Origin { get; init; }

    /// <summary>The value as text; null for one of a file, which has a type.</summary>
    public string? Text { get; init; }

    /// <summary>The value of a file.</summary>
    public JsonNode? Json { get; init; }

    /// <summary>The folder that relative paths start at.</summary>
    public required string Folder { get; init; }

    /// <summary>The value as a message shows it, which may stand in logs: without what looks like a password.</summary>
    public string Shown
    {
        get
        {
            string shown = Text is { } text ? $"\"{text}\"" : Json switch
            {
                null => "empty",
                JsonObject => "a section",
                _ => Json.ToJsonString(),
            };
            if (shown.Contains("password", StringComparison.OrdinalIgnoreCase)) return "a text with a password";
            return shown.Length <= LongestShown ? shown : shown[..LongestShown] + "...";
        }
    }
}
