using System.Text.Json.Nodes;
using Trireme.Contracts.Serialization;
using Trireme.Contracts.Validation;

namespace Trireme.Settings;

/// <summary>Reads a settings file: YAML, or JSON, whose sections and names are the keys.</summary>
internal static class SettingsFile
{
    /// <summary>Names the file where no option does.</summary>
    public const string Variable = "TRIREME_CONFIG";

    /// <summary>The largest file that is read; a file of all settings takes a hundredth of it.</summary>
    private const int MaxBytes = 1 << 20;

    /// <exception cref="CommandException">The file is not there or cannot be read.</exception>
    public static (IReadOnlyList<SettingValue> Values, IReadOnlyList<string> Problems) Read(string path)
    {
        CommandException.ThrowIfMissing(path);
        string name = Path.GetFileName(path);
        try
        {
            return Parse(name, YamlFile.Read(path, MaxBytes), Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (FormatException exception)
        {
            return ([], [$"{name}: {exception.Message}"]);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new CommandException(Clause.Of(path, exception), ExitCode.OfFile(exception), exception);
        }
    }

    /// <param name="name">The file's name in messages and origins.</param>
    /// <param name="text">What stands in it.</param>
    /// <param name="folder">The folder that relative paths in it start at.</param>
    public static (IReadOnlyList<SettingValue> Values, IReadOnlyList<string> Problems) Parse(string name, string text, string folder)
    {
        var lines = new Dictionary<string, long>();
        IReadOnlyList<JsonNode> documents;
        try
        {
            documents = YamlJson.Parse(text, (path, line) => lines.TryAdd(path, line));
        }
        catch (FormatException exception)
        {
            return ([], [$"{name}: {exception.Message}"]);
        }

        switch (documents)
        {
            case []:
                return ([], []);
            case [JsonObject root]:
                var reader = new Reader(name, folder, lines);
                reader.Visit(root, "");
                return (reader.Values, reader.Problems);
            default:
                return ([], [$"{name}: it must hold one document of sections and settings; \"trireme config view -o yaml\" shows one"]);
        }
    }

    private sealed class Reader(string name, string folder, Dictionary<string, long> lines)
    {
        public List<SettingValue> Values { get; } = [];

        public List<string> Problems { get; } = [];

        [BoundedDepth("a section is entered only where the catalogue has one, and those nest three levels")]
        public void Visit(JsonObject section, string path)
        {
            foreach ((string field, JsonNode? value) in section)
            {
                string key = path.Length == 0 ? field : $"{path}.{field}";
                if (SettingsCatalog.Sections.Contains(key)) VisitSection(value, key);
                else if (SettingsCatalog.Find(key) is not null) Values.Add(ValueOf(key, value));
                else Problems.Add($"{Place(key)}: {Unknown(key)}");
            }
        }

        private void VisitSection(JsonNode? value, string key)
        {
            if (value is JsonObject inner) Visit(inner, key);

            // A section whose lines are all commented out is empty, which is as good as absent.
            else if (value is not null) Problems.Add($"{Place(key)}: {key} is a section; write its settings indented below it");
        }

        private SettingValue ValueOf(string key, JsonNode? value) =>
            new() { Key = key, Json = value, Origin = Place(key), Folder = folder };

        private string Place(string key) => lines.TryGetValue(key, out long line) ? $"{name}:{line}" : name;
    }

    /// <summary>What to say of a key that does not exist.</summary>
    public static string Unknown(string key)
    {
        string? nearest = NearestName.Find(key, [.. SettingsCatalog.All.Select(setting => setting.Key), .. SettingsCatalog.Sections]);
        return nearest is null
            ? $"{key} is not a setting; \"trireme config explain\" lists them"
            : $"{key} is not a setting; did you mean {nearest}?";
    }
}
