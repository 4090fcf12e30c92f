using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trireme.Contracts.OpenAi;

/// <summary>
/// Reads the arguments of a call: JSON in a string as OpenAI has it, or the JSON itself as agents send it too. Either becomes the text;
/// whether that is an object is for its reader to say.
/// </summary>
internal sealed class CallArgumentsConverter : JsonConverter<string>
{
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return reader.GetString()!;
        using JsonDocument arguments = JsonDocument.ParseValue(ref reader);
        return arguments.RootElement.GetRawText();
    }

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
