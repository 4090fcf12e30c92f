using System.Text.Json;
using Trireme.Contracts.Storage;

namespace Trireme.Operator.Releases;

/// <summary>What the parts of a model in Hugging Face layout say of themselves, as far as they must agree.</summary>
internal sealed record ModelParts
{
    /// <summary>Larger files of JSON are left unread, and what they say unknown.</summary>
    private const long JsonBytesMax = 128 << 20;

    /// <summary>The names under which architectures keep the vectors of their tokens.</summary>
    private static readonly string[] EmbeddingNames =
    [
        "model.embed_tokens.weight", "model.language_model.embed_tokens.weight", "transformer.wte.weight",
        "bert.embeddings.word_embeddings.weight",
    ];

    /// <summary>Tokens that config.json says there are.</summary>
    public long? ConfigTokens { get; init; }

    /// <summary>Length of a token's vector that config.json says.</summary>
    public long? ConfigWidth { get; init; }

    /// <summary>Name and shape of the tensor with the tokens' vectors.</summary>
    public TensorShape? Embeddings { get; init; }

    public TokenizerParts? Tokenizer { get; init; }

    /// <summary>Text of the chat template in the model's files.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>Reads what is there. What cannot be read or is no JSON stays unknown: the engine says what it thinks of it.</summary>
    public static ModelParts Read(string folder, IReadOnlyCollection<string> files)
    {
        using JsonDocument? config = Json(folder, "config.json");
        JsonElement? text = config?.RootElement is { ValueKind: JsonValueKind.Object } root
            ? root.TryGetProperty("text_config", out JsonElement inner) && inner.ValueKind == JsonValueKind.Object ? inner : root
            : null;
        using JsonDocument? settings = Json(folder, "tokenizer_config.json");
        byte[]? tokenizer = Bytes(folder, "tokenizer.json");
        return new ModelParts
        {
            ConfigTokens = Number(text, "vocab_size"),
            ConfigWidth = Number(text, "hidden_size"),
            Embeddings = files.Where(static file => file.EndsWith(".safetensors", StringComparison.Ordinal) && !file.Contains('/'))
                .Select(file => SafetensorsHeader.Find(Path.Combine(folder, file), EmbeddingNames))
                .FirstOrDefault(static found => found is not null),
            Tokenizer = tokenizer is null ? null : TokenizerParts.Read(tokenizer),
            ChatTemplate = Bytes(folder, "chat_template.jinja") is { } template
                ? System.Text.Encoding.UTF8.GetString(template)
                : Text(settings?.RootElement, "chat_template"),
        };
    }

    private static JsonDocument? Json(string folder, string name)
    {
        try
        {
            return Bytes(folder, name) is { } bytes ? JsonDocument.Parse(bytes) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static byte[]? Bytes(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path)) return null;
        using FileStream file = RegularFile.OpenRead(path, 0);
        if (file.Length > JsonBytesMax) return null;
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    private static long? Number(JsonElement? parent, string name) =>
        parent is { } known && known.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetInt64(out long number)
            ? number
            : null;

    private static string? Text(JsonElement? parent, string name) =>
        parent is { ValueKind: JsonValueKind.Object } known && known.TryGetProperty(name, out JsonElement value)
            && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
