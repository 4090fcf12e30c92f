using System.Text.Json;

namespace Trireme.Gateway.Accounting;

/// <summary>What an unstreamed answer says about itself.</summary>
internal readonly record struct AnswerReport(TokenUsage? Usage, string? FinishReason)
{
    /// <summary>
    /// Reads {"usage":{...}} and the first choice's finish reason out of an answer, or out of its beginning. What is not there, or
    /// comes after both were looked for, is null.
    /// </summary>
    /// <param name="answer">The answer, or its beginning.</param>
    /// <param name="hasChoices">True for generated text; an answer of another kind is read as far as its usage only.</param>
    public static AnswerReport Find(ReadOnlySpan<byte> answer, bool hasChoices)
    {
        var reader = new Utf8JsonReader(answer);
        TokenUsage? usage = null;
        string? finish = null;
        bool hasUsage = false;
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return default;
            while ((!hasUsage || (hasChoices && finish is null)) && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isUsage = !hasUsage && reader.ValueTextEquals("usage"u8);
                bool isChoices = hasChoices && reader.ValueTextEquals("choices"u8);
                reader.Read();
                if (isUsage)
                {
                    hasUsage = true;
                    usage = TokenUsage.Read(ref reader);
                }
                else if (isChoices && reader.TokenType == JsonTokenType.StartArray)
                {
                    finish = ReadChoices(ref reader);
                }
                else
                {
                    reader.Skip();
                }
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // What is no JSON reports nothing further; whether it is an answer is for the client to say.
        }

        return new AnswerReport(usage, finish);
    }

    /// <summary>Reads an array of choices to its end.</summary>
    private static string? ReadChoices(ref Utf8JsonReader reader)
    {
        string? finish = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                bool isFinish = reader.ValueTextEquals("finish_reason"u8);
                reader.Read();
                if (isFinish) finish ??= FinishReasons.Read(ref reader);
                reader.Skip();
            }
        }

        return finish;
    }
}
