using System.Collections;

namespace Trireme.Settings;

/// <summary>Where settings come from: a file, the environment and the command line, each over the ones before.</summary>
internal sealed record SettingsSources
{
    /// <summary>Path of the file; null for none.</summary>
    public string? File { get; init; }

    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    public IReadOnlyList<SettingValue> CommandLine { get; init; } = [];

    /// <summary>The folder that relative paths outside the file start at.</summary>
    public required string WorkingFolder { get; init; }

    /// <exception cref="CommandException">The file cannot be read.</exception>
    public LoadedSettings Load()
    {
        (IReadOnlyList<SettingValue> fromFile, IReadOnlyList<string> fileProblems) = File is null ? ([], []) : SettingsFile.Read(File);
        (IReadOnlyList<SettingValue> fromEnvironment, IReadOnlyList<string> environmentProblems) =
            SettingsEnvironment.Read(Environment, WorkingFolder);
        return LoadedSettings.Combine(
            [.. fromFile, .. fromEnvironment, .. CommandLine], [.. fileProblems, .. environmentProblems]);
    }

    /// <summary>The environment of this process.</summary>
    public static IReadOnlyDictionary<string, string> OfProcess() =>
        System.Environment.GetEnvironmentVariables()
            .Cast<DictionaryEntry>()
            .ToDictionary(variable => (string)variable.Key, variable => (string?)variable.Value ?? "");
}
