using System.Text.Json;

namespace Trireme.Gateway.Forwarding;

/// <summary>Tokens as an engine reports them.</summary>
internal readonly record struct TokenUsage(long Prompt, long Generated)
{
    /// <summary>Reads {"usage":{...}} out of an unstreamed answer, or out of its beginning; null when none is there.</summary>
    public static TokenUsage? Find(ReadOnlySpan<byte> answer)
    {
        var reader = new Utf8JsonReader(answer);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isUsage = reader.ValueTextEquals("usage"u8);
                reader.Read();
                if (isUsage) return Read(ref reader);
                reader.Skip();
            }
        }
        catch (JsonException)
        {
            // What is no JSON reports no tokens; whether it is an answer is for the client to say.
        }

        return null;
    }

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
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            bool isPrompt = reader.ValueTextEquals("prompt_tokens"u8);
            bool isGenerated = reader.ValueTextEquals("completion_tokens"u8);
            reader.Read();
            if (reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out long count) && count > 0)
            {
                if (isPrompt) prompt = count;
                if (isGenerated) generated = count;
            }

            reader.Skip();
        }

        return new TokenUsage(prompt, generated);
    }
}
