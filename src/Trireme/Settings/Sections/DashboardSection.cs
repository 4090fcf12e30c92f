using Trireme.Settings.Types;

namespace Trireme.Settings.Sections;

internal static class DashboardSection
{
    private static readonly DurationType SessionTime = new(TimeSpan.FromMinutes(1), TimeSpan.FromDays(30));

    public static IEnumerable<Setting> Settings()
    {
        var dashboard = new SettingsSection<DashboardSettings>(
            "dashboard", settings => settings.Dashboard, (settings, value) => settings with { Dashboard = value });
        SettingsSection<ListenerLimits> listener =
            dashboard.Section("listener", settings => settings.Listener, (settings, value) => settings with { Listener = value });
        return
        [
            Port(dashboard),
            Hosts(dashboard),
            .. Sessions(dashboard),
            .. ListenerSection.Settings(listener),
            ListenerSection.Body(listener),
        ];
    }

    private static Setting<int?> Port(SettingsSection<DashboardSettings> dashboard) =>
        dashboard.Key(
            "port", new OptionalType<int>(CommonTypes.Port), settings => settings.Port,
            (settings, value) => settings with { Port = value },
            "Port of the dashboard, the query API and /metrics; 0 takes a free one.", option: "--dashboard-port",
            unset: "the gateway's plus one, or a free one when that is 0");

    private static IEnumerable<Setting> Sessions(SettingsSection<DashboardSettings> dashboard)
    {
        yield return dashboard.Key(
            "sessionLifetime", SessionTime, settings => settings.SessionLifetime,
            (settings, value) => settings with { SessionLifetime = value },
            "How long a browser stays signed in.");
        yield return dashboard.Key(
            "maxSessions", CommonTypes.Count, settings => settings.MaxSessions,
            (settings, value) => settings with { MaxSessions = value },
            "Browsers signed in at a time; for one more, the oldest is signed out.");
        yield return dashboard.Key(
            "maxCircuits", CommonTypes.Count, settings => settings.MaxCircuits,
            (settings, value) => settings with { MaxCircuits = value },
            "Pages open at a time, each with its state in memory; one more is refused.");
        yield return dashboard.Key(
            "maxCircuitsPerSession", CommonTypes.Count, settings => settings.MaxCircuitsPerSession,
            (settings, value) => settings with { MaxCircuitsPerSession = value },
            "Pages that one browser has open at a time.");
    }

    private static Setting<IReadOnlyList<string>> Hosts(SettingsSection<DashboardSettings> dashboard) =>
        dashboard.Key(
            "allowedHosts", new HostListType(), settings => settings.AllowedHosts,
            (settings, value) => settings with { AllowedHosts = value },
            "Names that the dashboard's port answers to beside localhost, such as the one of a proxy before it.");
}
