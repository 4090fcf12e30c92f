using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Trireme.Inference.Formats;

/// <summary>
/// One object of a model's JSON file. Every read is range-checked, and every failure names the file, the key, what was found,
/// what was expected and what to do.
/// </summary>
internal readonly struct JsonSection
{
    private const string DefaultRemedy = "Correct the file or fetch the model again.";
    private const int ShownValueLength = 60;

    private readonly string _prefix;

    private JsonSection(string file, string prefix, JsonElement element)
    {
        File = file;
        _prefix = prefix;
        Element = element;
    }

    public string File { get; }

    public JsonElement Element { get; }

    /// <summary>Reads a whole file; its root must be an object.</summary>
    public static JsonSection ReadFile(string path, long bytesMax)
    {
        byte[] json = ModelFile.ReadAllBytes(path, bytesMax);
        return Parse(json, System.IO.Path.GetFileName(path));
    }

    public static JsonSection Parse(ReadOnlyMemory<byte> json, string file)
    {
        if (json.Span.StartsWith("\uFEFF"u8)) json = json[3..];
        try
        {
            JsonElement root = JsonDocument.Parse(json).RootElement;
            if (root.ValueKind == JsonValueKind.Object) return new JsonSection(file, "", root);
        }
        catch (JsonException exception)
        {
            throw new ModelFormatException(file, $"it is not valid JSON: {exception.Message}", DefaultRemedy, exception);
        }

        throw new ModelFormatException(file, "its root is not a JSON object.", DefaultRemedy);
    }

    /// <summary>The same reading rules for an object found inside this one.</summary>
    public JsonSection At(string key, JsonElement element) => element.ValueKind == JsonValueKind.Object
        ? new JsonSection(File, _prefix + key + ".", element)
        : throw Unexpected(key, element, "an object");

    /// <summary>A value that is present and not null.</summary>
    public JsonElement? Find(string key)
    {
        try
        {
            return Element.TryGetProperty(key, out JsonElement value) && value.ValueKind != JsonValueKind.Null ? value : null;
        }
        catch (InvalidOperationException)
        {
            // A name on the way, written with escapes, holds half a surrogate pair.
            throw Problem(key, "cannot be found, because a name beside it is no valid Unicode text.");
        }
    }

    public JsonSection? Section(string key) => Find(key) is { } value ? At(key, value) : null;

    public int? OptionalInt(string key, int min, int max)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= min && number <= max) return number;
        throw Unexpected(key, value, $"a whole number from {min} to {max}");
    }

    public int RequiredInt(string key, int min, int max) =>
        OptionalInt(key, min, max) ?? throw Missing(key, $"a whole number from {min} to {max}");

    public double? OptionalDouble(string key, double min, double max)
    {
        if (Find(key) is not { } value) return null;
        double number = value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double parsed) ? parsed : double.NaN;
        if (number >= min && number <= max) return number;
        throw Unexpected(key, value, $"a number from {min} to {max}");
    }

    public double RequiredDouble(string key, double min, double max) =>
        OptionalDouble(key, min, max) ?? throw Missing(key, $"a number from {min} to {max}");

    public bool? OptionalBool(string key) => Find(key) switch
    {
        null => null,
        { ValueKind: JsonValueKind.True } => true,
        { ValueKind: JsonValueKind.False } => false,
        { } value => throw Unexpected(key, value, "true or false"),
    };

    public string? OptionalString(string key)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.String) throw Unexpected(key, value, "a string");
        return Text(key, value);
    }

    public string RequiredString(string key) => OptionalString(key) ?? throw Missing(key, "a string");

    /// <summary>A JSON string's text; a string with half a surrogate pair is malformed.</summary>
    public string Text(string key, JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Unexpected(key, value, "a string");
        }
        catch (InvalidOperationException)
        {
            throw Problem(key, "is no valid Unicode text.");
        }
    }

    /// <summary>The same in UTF-8, which lies in the file where it is written without escapes.</summary>
    public ReadOnlySpan<byte> Utf8Text(string key, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String) throw Unexpected(key, value, "a string");
        ReadOnlySpan<byte> text = JsonMarshal.GetRawUtf8Value(value)[1..^1];
        return IsPlain(text) ? text : Encoding.UTF8.GetBytes(Text(key, value));
    }

    /// <summary>
    /// A property's name in UTF-8. Throws <see cref="InvalidOperationException"/> for half a surrogate pair, as the name itself does.
    /// </summary>
    public static ReadOnlySpan<byte> Utf8Name(JsonProperty property)
    {
        ReadOnlySpan<byte> name = JsonMarshal.GetRawUtf8PropertyName(property);
        return IsPlain(name) ? name : Encoding.UTF8.GetBytes(property.Name);
    }

    /// <summary>The elements of an optional list; empty when absent.</summary>
    public JsonElement.ArrayEnumerator List(string key, int countMax)
    {
        if (Find(key) is not { } value) return default;
        if (value.ValueKind != JsonValueKind.Array) throw Unexpected(key, value, "a list");
        int count = value.GetArrayLength();
        if (count > countMax) throw Problem(key, $"has {count} elements; the most is {countMax}.");
        return value.EnumerateArray();
    }

    /// <summary>Token ids given as one number, a list of numbers, or not at all.</summary>
    public IReadOnlyList<int> TokenIds(string key)
    {
        const int CountMax = 256;
        if (Find(key) is not { } value) return [];
        if (value.ValueKind != JsonValueKind.Array) return [TokenId(key, value)];
        if (value.GetArrayLength() > CountMax) throw Problem(key, $"has more than {CountMax} token ids.");
        var ids = new List<int>();
        foreach (JsonElement id in value.EnumerateArray()) ids.Add(TokenId(key, id));
        return ids;
    }

    public ModelFormatException Missing(string key, string expected) => Problem(key, $"is missing; expected {expected}.");

    public ModelFormatException Problem(string key, string problem, string remedy = DefaultRemedy) =>
        new(File, $"key '{_prefix}{key}' {problem}", remedy);

    /// <summary>The file is sound but asks for what this engine does not do.</summary>
    public ModelFormatException Unsupported(string key, string problem) => Problem(key, problem, "Serve this model with another engine.");

    public ModelFormatException Unexpected(string key, JsonElement found, string expected)
    {
        string shown = found.GetRawText();
        if (shown.Length > ShownValueLength) shown = shown[..ShownValueLength] + "...";
        return Problem(key, $"is {shown}; expected {expected}.");
    }

    private static bool IsPlain(ReadOnlySpan<byte> json) => !json.Contains((byte)'\\') && Utf8.IsValid(json);

    private int TokenId(string key, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int id) && id is >= 0 and < ModelConfig.VocabularySizeMax
            ? id
            : throw Unexpected(key, value, "a token id or a list of token ids");
}
