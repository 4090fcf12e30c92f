using Trireme.Settings.Sections;

namespace Trireme.Settings;

/// <summary>Every setting there is, in the order pages show them.</summary>
internal static class SettingsCatalog
{
    public static IReadOnlyList<Setting> All { get; } =
    [
        .. PlatformSection.Settings(),
        .. GatewaySection.Settings(),
        .. ApiServerSection.Settings(),
        .. DashboardSection.Settings(),
        .. TelemetrySection.Settings(),
        .. OperatorSection.Settings(),
        .. ArtifactSection.Settings(),
        .. LogSection.Settings(),
    ];

    public static Setting? Find(string key) => All.FirstOrDefault(setting => setting.Key == key);

    /// <summary>The beginnings that keys share, such as "gateway" and "gateway.tls".</summary>
    public static IReadOnlyCollection<string> Sections { get; } = All.SelectMany(setting => SectionsOf(setting.Key)).ToHashSet();

    private static IEnumerable<string> SectionsOf(string key)
    {
        for (int dot = key.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = key.IndexOf('.', dot + 1)) yield return key[..dot];
    }
}
