using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trireme.Settings.Types;

/// <summary>How the values of a setting are written, and which are allowed.</summary>
/// <param name="rule">What a value must be, as in "a duration of at least 1ms".</param>
/// <param name="examples">Values to write, as in "30s, 1m30s or 250ms".</param>
/// <param name="placeholder">What stands for a value in a usage line.</param>
internal abstract class SettingType<T>(string rule, string examples, string placeholder)
{
    public string Rule { get; } = rule;

    public string Examples { get; } = examples;

    public string Placeholder { get; } = placeholder;

    /// <summary>Reads a value of an environment variable or a command line.</summary>
    /// <param name="text">The value as written.</param>
    /// <param name="folder">The folder that relative paths start at.</param>
    /// <param name="value">The value.</param>
    public abstract bool TryParse(string text, string folder, [MaybeNullWhen(false)] out T value);

    /// <summary>Reads a value of a settings file, which has types: a number is no text, and a text no number.</summary>
    public virtual bool TryRead(JsonNode? json, string folder, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        return json is not null && TextOf(json) is { } text && TryParse(text, folder, out value);
    }

    /// <summary>The value as a settings file holds it; null where nothing is set.</summary>
    public abstract JsonNode? Write(T value);

    /// <summary>The text of a file's value; null when it is of another type.</summary>
    protected virtual string? TextOf(JsonNode json) => json.GetValueKind() == JsonValueKind.String ? json.GetValue<string>() : null;
}
