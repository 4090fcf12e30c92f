using Trireme.Settings.Types;

namespace Trireme.Settings.Sections;

internal static class LogSection
{
    private static readonly WholeNumberType Files = new(1, 1000, "5");

    public static IEnumerable<Setting> Settings()
    {
        var log = new SettingsSection<LogSettings>("log", settings => settings.Log, (settings, value) => settings with { Log = value });
        yield return log.Key(
            "level", CommonTypes.LogLevel, settings => settings.Level, (settings, value) => settings with { Level = value },
            "Least severe messages on standard error.", option: "--log-level");
        yield return log.Key(
            "format", CommonTypes.LogFormat, settings => settings.Format, (settings, value) => settings with { Format = value },
            "Format on standard error: a line for people, or a JSON object per line.");
        SettingsSection<LogFileSettings> file =
            log.Section("file", settings => settings.File, (settings, value) => settings with { File = value });
        foreach (Setting setting in File(file)) yield return setting;
    }

    private static IEnumerable<Setting> File(SettingsSection<LogFileSettings> file)
    {
        yield return file.Key(
            "enabled", CommonTypes.Switch, settings => settings.Enabled, (settings, value) => settings with { Enabled = value },
            "Whether messages go to logs/trireme.log in the data folder too.");
        yield return file.Key(
            "level", CommonTypes.LogLevel, settings => settings.Level, (settings, value) => settings with { Level = value },
            "Least severe messages in the file.");
        yield return file.Key(
            "format", CommonTypes.LogFormat, settings => settings.Format, (settings, value) => settings with { Format = value },
            "Format of the file: a line for people, or a JSON object per line.");
        yield return file.Key(
            "maxBytes", CommonTypes.Storage, settings => settings.MaxBytes, (settings, value) => settings with { MaxBytes = value },
            "Size at which the file is moved aside and a new one begun.");
        yield return file.Key(
            "maxFiles", Files, settings => settings.MaxFiles, (settings, value) => settings with { MaxFiles = value },
            "Files kept, the one being written included.");
        yield return file.Key(
            "maxQueuedBytes", CommonTypes.Buffer, settings => settings.MaxQueuedBytes,
            (settings, value) => settings with { MaxQueuedBytes = value },
            "Memory of messages that wait to be written; more are dropped and counted.");
    }
}
