using Trireme.Settings.Types;

namespace Trireme.Settings;

/// <summary>A record of the tree, so that its settings need to say only what is their own.</summary>
internal sealed class SettingsSection<TSection>(
    string path, Func<PlatformSettings, TSection> get, Func<PlatformSettings, TSection, PlatformSettings> set)
{
    /// <summary>One setting of the record.</summary>
    public Setting<T> Key<T>(
        string name,
        SettingType<T> type,
        Func<TSection, T> read,
        Func<TSection, T, TSection> write,
        string description,
        string? option = null,
        string? unset = null) =>
        new(
            path.Length == 0 ? name : $"{path}.{name}",
            description,
            type,
            settings => read(get(settings)),
            (settings, value) => set(settings, write(get(settings), value)))
        {
            Option = option,
            Unset = unset,
        };

    /// <summary>A record inside this one.</summary>
    public SettingsSection<TInner> Section<TInner>(string name, Func<TSection, TInner> read, Func<TSection, TInner, TSection> write) =>
        new(
            path.Length == 0 ? name : $"{path}.{name}",
            settings => read(get(settings)),
            (settings, value) => set(settings, write(get(settings), value)));
}
