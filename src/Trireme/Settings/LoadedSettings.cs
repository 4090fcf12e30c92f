using System.Text.Json.Nodes;

namespace Trireme.Settings;

/// <summary>The settings in force, with the place each value comes from.</summary>
internal sealed class LoadedSettings
{
    public const string DefaultOrigin = "default";

    private readonly Dictionary<string, string> _origins;

    private LoadedSettings(PlatformSettings values, Dictionary<string, string> origins, IReadOnlyList<string> problems)
    {
        Values = values;
        _origins = origins;
        Problems = problems;
    }

    public PlatformSettings Values { get; }

    /// <summary>What is wrong, each with its place and what to write.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>Values that are not defaults.</summary>
    public int SetCount => _origins.Count;

    public string OriginOf(Setting setting) => _origins.GetValueOrDefault(setting.Key, DefaultOrigin);

    public JsonNode? ValueOf(Setting setting) => setting.Read(Values);

    /// <summary>Lays values over the defaults, later ones over earlier ones.</summary>
    /// <param name="values">What the sources say.</param>
    /// <param name="problems">What was wrong with the sources themselves.</param>
    public static LoadedSettings Combine(IEnumerable<SettingValue> values, params IEnumerable<string> problems)
    {
        PlatformSettings settings = PlatformSettings.Default;
        var origins = new Dictionary<string, string>();
        var found = new List<string>(problems);
        foreach (SettingValue value in values)
        {
            if (SettingsCatalog.Find(value.Key) is not { } setting)
            {
                found.Add($"{value.Origin}: {SettingsFile.Unknown(value.Key)}");
            }
            else if (setting.Write(settings, value) is { } changed)
            {
                settings = changed;
                origins[setting.Key] = value.Origin;
            }
            else
            {
                found.Add($"{value.Origin}: {setting.Refusal(value)}");
            }
        }

        // Rules between settings would only repeat what is wrong with one of them.
        if (found.Count == 0) found.AddRange(SettingsRules.Check(settings));
        return new LoadedSettings(settings, origins, found);
    }

    /// <exception cref="CommandException">Something is wrong; the message has all of it.</exception>
    public LoadedSettings Checked() =>
        Problems.Count == 0 ? this : throw new CommandException(string.Join("\n", Problems), ExitCode.Invalid);
}
