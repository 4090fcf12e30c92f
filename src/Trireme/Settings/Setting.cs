using System.Text.Json.Nodes;
using Trireme.Settings.Types;

namespace Trireme.Settings;

/// <summary>One value of the tree: its key, what it means, how it is written, and its place in <see cref="PlatformSettings"/>.</summary>
internal abstract class Setting(string key, string description)
{
    /// <summary>The sections and the name, joined by dots: "gateway.connectTimeout".</summary>
    public string Key { get; } = key;

    public string Description { get; } = description;

    /// <summary>The option of <c>trireme up</c> that sets it too; null where only --set does.</summary>
    public string? Option { get; init; }

    /// <summary>What an open value means; null for a setting that always has one.</summary>
    public string? Unset { get; init; }

    /// <summary>The environment variable that sets it: "TRIREME_GATEWAY_CONNECT_TIMEOUT".</summary>
    public string Variable { get; } = SettingsEnvironment.VariableOf(key);

    /// <summary>What a value must be.</summary>
    public abstract string Rule { get; }

    /// <summary>Values to copy.</summary>
    public abstract string Examples { get; }

    /// <summary>What stands for a value in a usage line.</summary>
    public abstract string Placeholder { get; }

    /// <summary>The value in a tree, as a settings file holds it; null where it is left open.</summary>
    public abstract JsonNode? Read(PlatformSettings settings);

    /// <summary>The tree with the value in its place; null when the value is not allowed.</summary>
    public abstract PlatformSettings? Write(PlatformSettings settings, SettingValue value);

    /// <summary>Why a value is refused and what to write instead.</summary>
    public string Refusal(SettingValue value) => $"{Key} is {value.Shown}; it must be {Rule}; write it like {Examples}";
}

/// <summary>A setting whose values become a <typeparamref name="T"/>.</summary>
internal sealed class Setting<T>(
    string key,
    string description,
    SettingType<T> type,
    Func<PlatformSettings, T> read,
    Func<PlatformSettings, T, PlatformSettings> write)
    : Setting(key, description)
{
    public override string Rule => type.Rule;

    public override string Examples => type.Examples;

    public override string Placeholder => type.Placeholder;

    public override JsonNode? Read(PlatformSettings settings) => type.Write(read(settings));

    public override PlatformSettings? Write(PlatformSettings settings, SettingValue value)
    {
        bool allowed = value.Text is { } text
            ? type.TryParse(text, value.Folder, out T? result)
            : type.TryRead(value.Json, value.Folder, out result);
        return allowed ? write(settings, result!) : null;
    }
}
