using System.Text.Json;

namespace Trireme.Gateway.Accounting;

/// <summary>Tokens as an engine reports them.</summary>
/// <param name="Prompt">Tokens of the prompt, cached ones included.</param>
/// <param name="Generated">Generated tokens.</param>
/// <param name="CachedPrompt">Tokens of the prompt that the engine did not compute again.</param>
/// <param name="Reasoning">Generated tokens that the model thought with; 0 where its engine does not tell.</param>
internal readonly record struct TokenUsage(long Prompt, long Generated, long CachedPrompt = 0, long Reasoning = 0)
{
    /// <summary>Reads the value of a usage field; the reader ends on its last token.</summary>
    public static TokenUsage? Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            reader.Skip();
            return null;
        }

        long prompt = 0;
        long generated = 0;
        long cached = 0;
        long reasoning = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isPrompt = reader.ValueTextEquals("prompt_tokens"u8);
            bool isGenerated = reader.ValueTextEquals("completion_tokens"u8);
            bool isDetails = reader.ValueTextEquals("prompt_tokens_details"u8);
            bool isAnswer = reader.ValueTextEquals("completion_tokens_details"u8);
            reader.Read();
            if (isPrompt) prompt = Count(ref reader);
            else if (isGenerated) generated = Count(ref reader);
            else if (isDetails && reader.TokenType == JsonTokenType.StartObject) cached = ReadDetail(ref reader, "cached_tokens"u8);
            else if (isAnswer && reader.TokenType == JsonTokenType.StartObject) reasoning = ReadDetail(ref reader, "reasoning_tokens"u8);
            reader.Skip();
        }

        return new TokenUsage(prompt, generated, cached, reasoning);
    }

    private static long ReadDetail(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        long count = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isIt = reader.ValueTextEquals(name);
            reader.Read();
            if (isIt) count = Count(ref reader);
            reader.Skip();
        }

        return count;
    }

    /// <summary>A count; what is none, or below zero, is taken for zero and the reader is left on it.</summary>
    private static long Count(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long count) ? Math.Max(0, count) : 0;
}
