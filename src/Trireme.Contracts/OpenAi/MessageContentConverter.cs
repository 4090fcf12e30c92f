using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trireme.Contracts.OpenAi;

/// <summary>Reads a message's content: a string, or text parts, which become lines as vLLM joins them.</summary>
internal sealed class MessageContentConverter : JsonConverter<string?>
{
    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.Null => null,
        JsonTokenType.String => reader.GetString(),
        JsonTokenType.StartArray => ReadParts(ref reader),
        _ => throw new JsonException("content must be a string or a list of text parts."),
    };

    public override void Write(Utf8JsonWriter writer, string? value, JsonSerializerOptions options) => writer.WriteStringValue(value);

    private static string ReadParts(ref Utf8JsonReader reader)
    {
        var text = new StringBuilder();
        bool first = true;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (!first) text.Append('\n');
            first = false;
            text.Append(ReadPart(ref reader));
        }

        return text.ToString();
    }

    private static string ReadPart(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String) return reader.GetString()!;
        using JsonDocument part = JsonDocument.ParseValue(ref reader);
        string? type = Text(part.RootElement, "type");
        // What a model once refused to say comes back in the history of some clients.
        if (type == "refusal") return Text(part.RootElement, type) ?? throw new JsonException("a refusal needs a string in 'refusal'.");
        if (type is not null and not "text")
        {
            throw new JsonException($"content parts of the type '{type}' are not supported; send parts of the type 'text'.");
        }

        return Text(part.RootElement, "text") ?? throw new JsonException("a content part needs a type 'text' and a string in 'text'.");
    }

    private static string? Text(JsonElement part, string name)
    {
        if (part.ValueKind != JsonValueKind.Object || !part.TryGetProperty(name, out JsonElement value)) return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }
}
