using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text.Json.Nodes;
using Trireme.Hosting.Usage;

namespace Trireme.Settings.Types;

/// <summary>One of a few words.</summary>
internal sealed class ChoiceType<T>(params (string Word, T Value)[] choices) : SettingType<T>(
    "one of " + string.Join(", ", choices.Select(choice => choice.Word)),
    choices[0].Word,
    string.Join('|', choices.Select(choice => choice.Word)))
    where T : struct
{
    public override bool TryParse(string text, string folder, out T value)
    {
        (string Word, T Value) choice = Array.Find(choices, choice => choice.Word == text);
        value = choice.Value;
        return choice.Word is not null;
    }

    public override JsonNode? Write(T value) =>
        JsonValue.Create(Array.Find(choices, choice => EqualityComparer<T>.Default.Equals(choice.Value, value)).Word);
}

/// <summary>An address of this machine to listen on.</summary>
internal sealed class AddressType()
    : SettingType<string>("an IP address or localhost", "127.0.0.1, or 0.0.0.0 for every interface", "ADDRESS")
{
    public override bool TryParse(string text, string folder, out string value)
    {
        value = text;
        return text == "localhost" || IPAddress.TryParse(text, out _);
    }

    public override JsonNode? Write(string value) => JsonValue.Create(value);
}

/// <summary>
/// A file or folder. ~ is the home folder; a relative path starts at the settings file, or at the working folder where it stands in
/// the environment or on the command line.
/// </summary>
internal sealed class PathType(string what, string example) : SettingType<string?>($"a path of {what}", example, "PATH")
{
    public override bool TryParse(string text, string folder, [NotNullWhen(true)] out string? value)
    {
        value = text.Length == 0 || text.Contains('\0', StringComparison.Ordinal) ? null : Full(text, folder);
        return value is not null;
    }

    public override JsonNode? Write(string? value) => value is null ? null : JsonValue.Create(value);

    public static string Full(string path, string folder)
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        if (path == "~") return home;
        return path.StartsWith("~/", StringComparison.Ordinal) ? Path.Combine(home, path[2..]) : Path.GetFullPath(path, folder);
    }
}

/// <summary>How to connect to a PostgreSQL database. Settings are shown, so no password may stand in it.</summary>
internal sealed class PostgresType() : SettingType<string?>(
    "a connection string of Npgsql without a password",
    "Host=db;Database=usage;Username=trireme;Passfile=/etc/pgpass",
    "CONNECTION")
{
    public override bool TryParse(string text, string folder, [NotNullWhen(true)] out string? value)
    {
        value = PostgresUsageStore.Problem(text) is null ? text : null;
        return value is not null;
    }

    public override JsonNode? Write(string? value) => value is null ? null : JsonValue.Create(value);
}

/// <summary>Folders in order: a list in a file, separated as in PATH elsewhere.</summary>
internal sealed class PathListType() : SettingType<IReadOnlyList<string>>(
    "a list of folders", $"[/srv/models, /mnt/models] in a file, /srv/models{Path.PathSeparator}/mnt/models elsewhere", "DIR")
{
    public override bool TryParse(string text, string folder, [MaybeNullWhen(false)] out IReadOnlyList<string> value) =>
        TryRead([.. text.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)], folder, out value);

    public override bool TryRead(JsonNode? json, string folder, [MaybeNullWhen(false)] out IReadOnlyList<string> value)
    {
        value = null;
        return json is JsonArray array && TryRead(array.Select(TextOrNull).ToArray(), folder, out value);
    }

    public override JsonNode? Write(IReadOnlyList<string> value) => new JsonArray([.. value.Select(path => JsonValue.Create(path))]);

    private static bool TryRead(string?[] paths, string folder, [MaybeNullWhen(false)] out IReadOnlyList<string> value)
    {
        value = paths.Any(string.IsNullOrEmpty) ? null : [.. paths.Select(path => PathType.Full(path!, folder))];
        return value is not null;
    }

    private static string? TextOrNull(JsonNode? json) =>
        json?.GetValueKind() == System.Text.Json.JsonValueKind.String ? json.GetValue<string>() : null;
}
