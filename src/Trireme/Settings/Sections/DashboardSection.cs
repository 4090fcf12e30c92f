using Trireme.Settings.Types;

namespace Trireme.Settings.Sections;

internal static class DashboardSection
{
    public static IEnumerable<Setting> Settings()
    {
        var dashboard = new SettingsSection<DashboardSettings>(
            "dashboard", settings => settings.Dashboard, (settings, value) => settings with { Dashboard = value });
        SettingsSection<ListenerLimits> listener =
            dashboard.Section("listener", settings => settings.Listener, (settings, value) => settings with { Listener = value });
        return [Port(dashboard), .. ListenerSection.Settings(listener), ListenerSection.Body(listener)];
    }

    private static Setting<int?> Port(SettingsSection<DashboardSettings> dashboard) =>
        dashboard.Key(
            "port", new OptionalType<int>(CommonTypes.Port), settings => settings.Port,
            (settings, value) => settings with { Port = value },
            "Port of the dashboard, the query API and /metrics; 0 takes a free one.", option: "--dashboard-port",
            unset: "the gateway's plus one, or a free one when that is 0");
}
