using System.Globalization;
using System.Text.Json;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Worker.Http;

namespace Trireme.Worker.Answers;

/// <summary>Parts of an answer that both routes write alike.</summary>
internal static class AnswerJson
{
    /// <summary>JSON has no infinity; vLLM writes this instead.</summary>
    private const float LowestLogProbability = -9999;

    public static float Finite(float logProbability) => float.IsFinite(logProbability) ? logProbability : LowestLogProbability;

    public static void WriteFinishReason(Utf8JsonWriter json, FinishReason? reason, bool hasCalls = false)
    {
        switch (reason)
        {
            case FinishReason.Stop when hasCalls:
                json.WriteString("finish_reason"u8, "tool_calls"u8);
                break;
            case null:
                json.WriteNull("finish_reason"u8);
                break;
            case FinishReason.Length:
                json.WriteString("finish_reason"u8, "length"u8);
                break;
            default:
                json.WriteString("finish_reason"u8, "stop"u8);
                break;
        }
    }

    /// <summary>Writes what ended an answer beside its finish reason: a stop text, a token, or null.</summary>
    public static void WriteStopReason(Utf8JsonWriter json, TokenEvent last)
    {
        if (last.StopText is { } text) json.WriteString("stop_reason"u8, text);
        else if (last.StopToken is { } token) json.WriteNumber("stop_reason"u8, token);
        else json.WriteNull("stop_reason"u8);
    }

    /// <summary>Writes the usage of a chunk for a client that asked for it: of one answer so far, or null before the end.</summary>
    public static void WriteUsageSoFar(Utf8JsonWriter json, AnswerPlan plan, Answer answer, int generated)
    {
        if (!plan.IncludeUsage) return;
        if (!plan.ContinuousUsage)
        {
            json.WriteNull("usage"u8);
            return;
        }

        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, answer.PromptTokens.Count);
        json.WriteNumber("completion_tokens"u8, generated);
        json.WriteNumber("total_tokens"u8, answer.PromptTokens.Count + generated);
        json.WriteEndObject();
    }

    /// <summary>Writes the event that ends a stream with the token counts.</summary>
    public static void WriteUsageEvent(EventStream stream, AnswerHeader header, ReadOnlySpan<byte> objectType, Usage usage)
    {
        Utf8JsonWriter json = stream.BeginEvent();
        json.WriteStartObject();
        header.Write(json, objectType);
        json.WriteStartArray("choices"u8);
        json.WriteEndArray();
        WriteUsage(json, usage);
        json.WriteEndObject();
        stream.EndEvent();
    }

    public static void WriteUsage(Utf8JsonWriter json, Usage usage)
    {
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, usage.PromptTokens);
        json.WriteNumber("completion_tokens"u8, usage.CompletionTokens);
        json.WriteNumber("total_tokens"u8, usage.TotalTokens);
        json.WriteStartObject("prompt_tokens_details"u8);
        json.WriteNumber("cached_tokens"u8, usage.PromptTokensDetails?.CachedTokens ?? 0);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static void WriteTokenIds(Utf8JsonWriter json, ReadOnlySpan<byte> name, IReadOnlyList<int> tokens)
    {
        json.WriteStartArray(name);
        for (int i = 0; i < tokens.Count; i++) json.WriteNumberValue(tokens[i]);
        json.WriteEndArray();
    }

    /// <summary>Writes how likely each token of the prompt was: the token itself, then its alternatives, by id.</summary>
    public static void WritePromptLogprobs(
        Utf8JsonWriter json, IReadOnlyList<TokenLogProbability?>? reports, int alternatives, TokenTexts texts)
    {
        json.WriteStartArray("prompt_logprobs"u8);
        foreach (TokenLogProbability? report in reports ?? [])
        {
            if (report is null)
            {
                json.WriteNullValue();
                continue;
            }

            json.WriteStartObject();
            WriteToken(report.TokenId, report.LogProbability, report.Rank);
            for (int i = 0; i < Math.Min(alternatives, report.Top.Count); i++)
            {
                (int token, float logProbability) = report.Top[i];
                if (token != report.TokenId) WriteToken(token, logProbability, i + 1);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();

        void WriteToken(int token, float logProbability, int rank)
        {
            json.WriteStartObject(token.ToString(CultureInfo.InvariantCulture));
            json.WriteNumber("logprob"u8, Finite(logProbability));
            json.WriteNumber("rank"u8, rank);
            json.WriteString("decoded_token"u8, texts.TextOf(token));
            json.WriteEndObject();
        }
    }

    /// <summary>The reports on the prompt, which come with one of an answer's events.</summary>
    public static IReadOnlyList<TokenLogProbability?>? FindPromptReports(ReadOnlySpan<TokenEvent> events)
    {
        foreach (TokenEvent token in events)
        {
            if (token.PromptLogProbabilities is { } reports) return reports;
        }

        return null;
    }

    /// <summary>Writes the tokens of events as token_ids.</summary>
    public static void WriteTokenIds(Utf8JsonWriter json, ReadOnlySpan<TokenEvent> events)
    {
        json.WriteStartArray("token_ids"u8);
        foreach (TokenEvent token in events)
        {
            if (token.TokenId is { } id) json.WriteNumberValue(id);
        }

        json.WriteEndArray();
    }
}
