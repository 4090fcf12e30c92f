using System.Text.Json;
using System.Text.Json.Serialization;

namespace Trireme.Contracts.OpenAi;

/// <summary>The prompts of a completion: one or more, each a text or token ids.</summary>
[JsonConverter(typeof(CompletionPromptConverter))]
public sealed record CompletionPrompt(params IReadOnlyList<PromptInput> Inputs)
{
    /// <summary>The prompts are a list, if only of one; errors name them by their index then.</summary>
    [JsonIgnore]
    public bool IsList { get; init; } = Inputs.Count != 1;

    public static implicit operator CompletionPrompt(string text) => FromText(text);

    public static CompletionPrompt FromText(string text) => new(new PromptInput { Text = text });

    public static CompletionPrompt FromTokens(params IReadOnlyList<int> tokens) => new(new PromptInput { Tokens = tokens });
}

/// <summary>One prompt: exactly one of the two is set.</summary>
public sealed record PromptInput
{
    public string? Text { get; init; }

    public IReadOnlyList<int>? Tokens { get; init; }
}

internal sealed class CompletionPromptConverter : JsonConverter<CompletionPrompt>
{
    private const string Problem = "expected a string, a list of strings, a list of token ids or a list of lists of token ids.";

    public override CompletionPrompt Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return CompletionPrompt.FromText(reader.GetString()!);
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException(Problem);

        reader.Read();
        if (reader.TokenType == JsonTokenType.Number) return CompletionPrompt.FromTokens(TokenIds.Read(ref reader, ""));
        JsonTokenType kind = reader.TokenType;
        var inputs = new List<PromptInput>();
        for (; reader.TokenType != JsonTokenType.EndArray; reader.Read())
        {
            if (reader.TokenType != kind) throw new JsonException(Problem);
            if (kind == JsonTokenType.String)
            {
                inputs.Add(new PromptInput { Text = reader.GetString() });
            }
            else if (kind == JsonTokenType.StartArray)
            {
                reader.Read();
                inputs.Add(new PromptInput { Tokens = TokenIds.Read(ref reader, $"[{inputs.Count}]") });
            }
            else
            {
                throw new JsonException(Problem);
            }
        }

        return new CompletionPrompt(inputs) { IsList = true };
    }

    public override void Write(Utf8JsonWriter writer, CompletionPrompt value, JsonSerializerOptions options)
    {
        if (!value.IsList)
        {
            WriteInput(writer, value.Inputs[0]);
            return;
        }

        writer.WriteStartArray();
        foreach (PromptInput input in value.Inputs) WriteInput(writer, input);
        writer.WriteEndArray();
    }

    private static void WriteInput(Utf8JsonWriter writer, PromptInput input)
    {
        if (input.Tokens is not { } tokens)
        {
            writer.WriteStringValue(input.Text);
            return;
        }

        writer.WriteStartArray();
        foreach (int token in tokens) writer.WriteNumberValue(token);
        writer.WriteEndArray();
    }
}
