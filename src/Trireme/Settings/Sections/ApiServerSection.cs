using Trireme.ApiServer.Hosting;
using Trireme.Settings.Types;

namespace Trireme.Settings.Sections;

internal static class ApiServerSection
{
    /// <summary>Kubernetes' shortest, and a year.</summary>
    private static readonly DurationType TokenLifetime = new(TimeSpan.FromMinutes(10), TimeSpan.FromDays(365));

    public static IEnumerable<Setting> Settings()
    {
        var server = new SettingsSection<ApiServerSettings>(
            "apiServer", settings => settings.ApiServer, (settings, value) => settings with { ApiServer = value });
        var limits = new SettingsSection<ApiServerLimits>(
            "apiServer",
            settings => settings.ApiServer.Limits,
            (settings, value) => settings with { ApiServer = settings.ApiServer with { Limits = value } });
        SettingsSection<ListenerLimits> listener =
            server.Section("listener", settings => settings.Listener, (settings, value) => settings with { Listener = value });
        return [Port(server), Hosts(server), .. ListenerSection.Settings(listener), ListenerSection.Body(listener), .. Limits(limits)];
    }

    private static Setting<int> Port(SettingsSection<ApiServerSettings> server) =>
        server.Key(
            "port", CommonTypes.Port, settings => settings.Port, (settings, value) => settings with { Port = value },
            "Port of the Kubernetes-style API; 0 takes a free one.", option: "--api-port");

    private static Setting<IReadOnlyList<string>> Hosts(SettingsSection<ApiServerSettings> server) =>
        server.Key(
            "allowedHosts", new HostListType(), settings => settings.AllowedHosts,
            (settings, value) => settings with { AllowedHosts = value },
            "Names that the API server answers to beside localhost.");

    private static IEnumerable<Setting> Limits(SettingsSection<ApiServerLimits> limits)
    {
        yield return limits.Key(
            "historyLength", CommonTypes.Count, options => options.HistoryLength,
            (options, value) => options with { HistoryLength = value },
            "Changes kept for watches to resume from; a watch that starts further back is told to list again (410).");
        yield return limits.Key(
            "historyBytes", CommonTypes.Storage, options => options.HistoryBytes,
            (options, value) => options with { HistoryBytes = value },
            "Bytes of those changes on disk, each with the object before and after it; the oldest go first.");
        yield return limits.Key(
            "maxStoreBytes", CommonTypes.Storage, options => options.MaxStoreBytes,
            (options, value) => options with { MaxStoreBytes = value },
            "Largest database; beyond it writes are answered with 507, and deletions go on.");
        yield return limits.Key(
            "maxDefinitions", CommonTypes.Count, options => options.MaxDefinitions,
            (options, value) => options with { MaxDefinitions = value },
            "Custom kinds that clients may define; one more is refused with 403.");
        yield return limits.Key(
            "maxDefinitionBytes", CommonTypes.Storage, options => options.MaxDefinitionBytes,
            (options, value) => options with { MaxDefinitionBytes = value },
            "Bytes of all their definitions; what is served of them takes some times as much memory.");
        yield return limits.Key(
            "watchQueueLength", CommonTypes.Count, options => options.WatchQueueLength,
            (options, value) => options with { WatchQueueLength = value },
            "Changes a watch may lie behind before it is ended.");
        yield return limits.Key(
            "watchQueueBytes", CommonTypes.Storage, options => options.WatchQueueBytes,
            (options, value) => options with { WatchQueueBytes = value },
            "Memory of all that was written since the oldest change a watch has not taken; beyond it the watch is ended.");
        yield return limits.Key(
            "maxWatches", CommonTypes.Count, options => options.MaxWatches,
            (options, value) => options with { MaxWatches = value },
            "Watches open at a time; one more is answered with 429 and may try again.");
        yield return limits.Key(
            "maxAnswers", CommonTypes.Count, options => options.MaxAnswers,
            (options, value) => options with { MaxAnswers = value },
            "Answers read and written at a time, a quarter of them to one user. Each holds a mebibyte, or one larger object.");
        yield return limits.Key(
            "answerPatience", CommonTypes.Wait, options => options.AnswerPatience,
            (options, value) => options with { AnswerPatience = value },
            "How long one more waits before it is answered with 429.");
        yield return limits.Key(
            "answerTimeout", CommonTypes.Wait, options => options.AnswerTimeout,
            (options, value) => options with { AnswerTimeout = value },
            "How long a client may take to read an answer; then its connection is broken. Watches and logs may last.");
        yield return limits.Key(
            "maxLogs", CommonTypes.Count, options => options.MaxLogs,
            (options, value) => options with { MaxLogs = value },
            "Logs of Pods read or followed at a time; one more is answered with 429 and may try again.");
        yield return limits.Key(
            "maxTokenLifetime", TokenLifetime, options => options.MaxTokenLifetime,
            (options, value) => options with { MaxTokenLifetime = value },
            "Longest life of a service account's token; one asked for longer is shortened, with a warning.");
        yield return limits.Key(
            "bookmarkInterval", CommonTypes.Wait, options => options.BookmarkInterval,
            (options, value) => options with { BookmarkInterval = value },
            "How often a quiet watch is told the current revision, if it asked for that.");
        yield return limits.Key(
            "eventRetention", CommonTypes.Retention, options => options.EventRetention,
            (options, value) => options with { EventRetention = value },
            "How long Events are kept after they were last seen.");
        yield return limits.Key(
            "maxEvents", CommonTypes.Count, options => options.MaxEvents,
            (options, value) => options with { MaxEvents = value },
            "Events kept; more are removed, oldest first.");
    }
}
