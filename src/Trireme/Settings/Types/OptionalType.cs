using System.Text.Json.Nodes;

namespace Trireme.Settings.Types;

/// <summary>A value that may be left open.</summary>
internal sealed class OptionalType<T>(SettingType<T> inner) : SettingType<T?>(inner.Rule, inner.Examples, inner.Placeholder)
    where T : struct
{
    public override bool TryParse(string text, string folder, out T? value) =>
        (value = inner.TryParse(text, folder, out T read) ? read : null) is not null;

    public override bool TryRead(JsonNode? json, string folder, out T? value) =>
        (value = inner.TryRead(json, folder, out T read) ? read : null) is not null;

    public override JsonNode? Write(T? value) => value is { } set ? inner.Write(set) : null;
}
