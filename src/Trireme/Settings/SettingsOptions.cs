using System.CommandLine;
using System.Text.Json.Nodes;

namespace Trireme.Settings;

/// <summary>The options that name a settings file and set single settings over it.</summary>
internal sealed class SettingsOptions
{
    private const string NoSamples = "--no-samples";
    private const string ModelRoot = "--model-root";

    private static readonly string Here = Environment.CurrentDirectory;

    private readonly Option<FileInfo> _file = new("--config")
    {
        Description = $"Settings file in YAML; {SettingsFile.Variable} names it otherwise.",
        HelpName = "FILE",
    };

    private readonly Option<string[]> _set = new("--set")
    {
        Description = "Any setting by its key, over file and environment. May be given several times.",
        HelpName = "KEY=VALUE",
    };

    private readonly Option<bool> _noSamples = new(NoSamples)
    {
        Description = "Start without the sample service on a new data folder.",
    };

    private readonly Option<string[]> _modelRoots = new(ModelRoot)
    {
        Description = "Further folder in which relative model paths of releases are looked up. May be given several times.",
        HelpName = "DIR",
    };

    private readonly (Setting Setting, Option<string> Option)[] _named;
    private readonly bool _ofPlatform;

    /// <param name="parts">
    /// Beginnings of the settings that have an option of their own here; all when none is named. A file, the environment and --set may have
    /// any: parts of one platform share them.
    /// </param>
    public SettingsOptions(params IReadOnlyList<string> parts)
    {
        _ofPlatform = parts.Count == 0;
        _named =
        [
            .. SettingsCatalog.All
                .Where(setting => setting.Option is not (null or NoSamples or ModelRoot))
                .Where(setting => _ofPlatform || parts.Any(part => $"{setting.Key}.".StartsWith(part + '.', StringComparison.Ordinal)))
                .Select(Named),
        ];
        _set.Validators.Add(result =>
        {
            foreach (string text in result.Tokens.Select(token => token.Value))
            {
                if (Problem(text) is { } problem) result.AddError($"--set: {problem}");
            }
        });
    }

    public void AddTo(Command command)
    {
        command.Add(_file);
        foreach ((_, Option<string> option) in _named) command.Add(option);
        if (_ofPlatform) command.Add(_noSamples);
        if (_ofPlatform) command.Add(_modelRoots);
        command.Add(_set);
    }

    /// <summary>The settings in force with these options; what is wrong in file or environment is in the problems.</summary>
    /// <exception cref="CommandException">The settings file cannot be read.</exception>
    public LoadedSettings Load(ParseResult parsed)
    {
        IReadOnlyDictionary<string, string> environment = SettingsSources.OfProcess();
        string? file = parsed.GetValue(_file)?.FullName;
        if (file is null && environment.GetValueOrDefault(SettingsFile.Variable) is { Length: > 0 } named) file = Path.GetFullPath(named);
        var sources = new SettingsSources
        {
            File = file,
            Environment = environment,
            CommandLine = [.. OfCommandLine(parsed)],
            WorkingFolder = Here,
        };
        return sources.Load();
    }

    private IEnumerable<SettingValue> OfCommandLine(ParseResult parsed)
    {
        foreach (string text in parsed.GetValue(_set) ?? []) yield return Split(text)!;
        foreach ((Setting setting, Option<string> option) in _named)
        {
            if (parsed.GetResult(option) is { Implicit: false }) yield return Value(setting.Key, parsed.GetValue(option), option.Name);
        }

        if (!_ofPlatform) yield break;
        if (parsed.GetValue(_noSamples)) yield return Value("samples", "false", NoSamples);
        if (parsed.GetValue(_modelRoots) is { Length: > 0 } roots)
        {
            yield return Value("modelRoots", null, ModelRoot) with { Json = new JsonArray([.. roots.Select(root => (JsonNode)root)]) };
        }
    }

    /// <summary>An option of its own for a setting that is often set on the command line.</summary>
    private static (Setting Setting, Option<string> Option) Named(Setting setting)
    {
        string? standard = setting.Read(PlatformSettings.Default)?.ToString();
        var option = new Option<string>(setting.Option!)
        {
            Description = setting.Unset is null ? setting.Description : $"{setting.Description} Otherwise {setting.Unset}.",
            HelpName = setting.Placeholder,
        };
        if (standard is not null) option.DefaultValueFactory = _ => standard;
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token, ..] && Refusal(setting, Value(setting.Key, token.Value, option.Name)) is { } refusal)
            {
                result.AddError($"{option.Name}: {refusal}");
            }
        });
        if (setting.Placeholder.Contains('|', StringComparison.Ordinal)) option.CompletionSources.Add(setting.Placeholder.Split('|'));
        return (setting, option);
    }

    private static string? Problem(string text)
    {
        if (Split(text) is not { } value) return $"\"{text}\" is not KEY=VALUE; write it like --set log.level=debug";
        return SettingsCatalog.Find(value.Key) is { } setting ? Refusal(setting, value) : SettingsFile.Unknown(value.Key);
    }

    private static string? Refusal(Setting setting, SettingValue value) =>
        setting.Write(PlatformSettings.Default, value) is null ? setting.Refusal(value) : null;

    private static SettingValue? Split(string text) =>
        text.Split('=', 2) is [{ Length: > 0 } key, var value] ? Value(key, value, $"--set {key}") : null;

    private static SettingValue Value(string key, string? text, string origin) =>
        new() { Key = key, Text = text, Origin = origin, Folder = Here };
}
