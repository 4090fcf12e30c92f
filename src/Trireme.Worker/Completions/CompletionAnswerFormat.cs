using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Worker.Answers;
using Trireme.Worker.Http;

namespace Trireme.Worker.Completions;

/// <summary>Words completions. Streamed chunks have the shape of the whole answer.</summary>
internal sealed class CompletionAnswerFormat(AnswerPlan plan, TokenTexts texts, IReadOnlyList<string>? echoes) : IAnswerFormat
{
    private readonly CompletionLogprobsWriter? _logprobs =
        plan.Sampling.LogProbabilities is { } alternatives ? new(texts, alternatives) : null;

    private static ReadOnlySpan<byte> ObjectType => "text_completion"u8;

    public void WriteToken(EventStream stream, Answer answer, TokenEvent token)
    {
        bool opens = !answer.Opened;
        answer.Opened = true;
        string echo = opens ? EchoOf(answer) : "";
        bool hasReport = token.TokenId is not null && (_logprobs is not null || plan.ReturnTokenIds);
        bool hasNews = token.Text.Length > 0 || echo.Length > 0 || hasReport || token.FinishReason is not null;
        if (!hasNews && !(opens && plan.ReturnTokenIds)) return;

        Utf8JsonWriter json = stream.BeginEvent();
        json.WriteStartObject();
        plan.Header.Write(json, ObjectType);
        json.WriteStartArray("choices"u8);
        // Joined only when there is something to join: the text of an ordinary token is written as it is.
        string text = echo.Length == 0 ? token.Text : echo + token.Text;
        WriteChoice(json, answer, text, new ReadOnlySpan<TokenEvent>(ref token), opens);
        json.WriteEndArray();
        AnswerJson.WriteUsageSoFar(json, plan, answer, answer.GeneratedTokens);
        json.WriteEndObject();
        stream.EndEvent();
    }

    public void WriteUsage(EventStream stream, Usage usage) => AnswerJson.WriteUsageEvent(stream, plan.Header, ObjectType, usage);

    public void WriteWhole(Utf8JsonWriter json, IReadOnlyList<Answer> answers, Usage usage)
    {
        json.WriteStartObject();
        plan.Header.Write(json, ObjectType);
        json.WriteStartArray("choices"u8);
        foreach (Answer answer in answers)
        {
            var text = new StringBuilder(EchoOf(answer));
            foreach (TokenEvent token in answer.Collected) text.Append(token.Text);
            WriteChoice(json, answer, text.ToString(), CollectionsMarshal.AsSpan(answer.Collected), opens: true);
        }

        json.WriteEndArray();
        AnswerJson.WriteUsage(json, usage);
        json.WriteEndObject();
    }

    /// <summary>Writes what events add to an answer; the first ones of an answer come with its prompt.</summary>
    private void WriteChoice(Utf8JsonWriter json, Answer answer, string text, ReadOnlySpan<TokenEvent> events, bool opens)
    {
        json.WriteStartObject();
        json.WriteNumber("index"u8, answer.Index);
        json.WriteString("text"u8, text);
        if (_logprobs is null)
        {
            json.WriteNull("logprobs"u8);
        }
        else
        {
            _logprobs.Write(json, answer, events, withPrompt: opens && echoes is not null);
        }

        AnswerJson.WriteFinishReason(json, events[^1].FinishReason);
        if (events[^1].FinishReason is not null) AnswerJson.WriteStopReason(json, events[^1]);
        if (plan.PromptLogprobs is { } top) AnswerJson.WritePromptLogprobs(json, AnswerJson.FindPromptReports(events), top, texts);
        if (plan.ReturnTokenIds)
        {
            if (opens) AnswerJson.WriteTokenIds(json, "prompt_token_ids"u8, answer.PromptTokens);
            AnswerJson.WriteTokenIds(json, events);
        }

        json.WriteEndObject();
    }

    private string EchoOf(Answer answer) => echoes is null ? "" : echoes[answer.Index / plan.AnswersPerPrompt];
}
