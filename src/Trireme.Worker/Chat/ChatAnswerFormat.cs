using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Inference.ToolCalls;
using Trireme.Worker.Answers;
using Trireme.Worker.Http;
using Trireme.Worker.Tools;

namespace Trireme.Worker.Chat;

/// <summary>
/// Words chat answers. A stream opens with the role, then holds the text and the calls piece by piece, one piece of one of them in a
/// chunk, then the finish reason beside an empty delta; clients disagree on anything else.
/// </summary>
internal sealed class ChatAnswerFormat(AnswerPlan plan, TokenTexts texts, ToolUse tools) : IAnswerFormat
{
    private readonly bool _withLogprobs = plan.Sampling.LogProbabilities is not null;
    private readonly AnswerCalls?[] _calls = new AnswerCalls?[plan.AnswersPerPrompt];

    private static ReadOnlySpan<byte> ChunkType => "chat.completion.chunk"u8;

    public void WriteToken(EventStream stream, Answer answer, TokenEvent token)
    {
        if (!answer.Opened)
        {
            answer.Opened = true;
            WriteRole(stream, answer);
            if (plan.Echo.Length > 0) WriteEcho(stream, answer);
        }

        bool hasReport = token.TokenId is not null && (_withLogprobs || plan.ReturnTokenIds);
        AnswerCalls? calls = CallsOf(answer);
        if (calls is not null)
        {
            WriteParts(stream, answer, token, calls, hasReport);
        }
        else if (token.Text.Length > 0 || hasReport)
        {
            WriteContent(stream, answer, token.Text, new ReadOnlySpan<TokenEvent>(ref token));
        }

        if (token.FinishReason is not null) WriteFinish(stream, answer, token, calls?.HasCalls == true);
    }

    public void WriteUsage(EventStream stream, Usage usage)
    {
        Utf8JsonWriter json = stream.BeginEvent();
        json.WriteStartObject();
        plan.Header.Write(json, ChunkType);
        json.WriteStartArray("choices"u8);
        json.WriteEndArray();
        AnswerJson.WriteUsage(json, usage);
        json.WriteEndObject();
        stream.EndEvent();
    }

    public void WriteWhole(Utf8JsonWriter json, IReadOnlyList<Answer> answers, Usage usage)
    {
        json.WriteStartObject();
        plan.Header.Write(json, "chat.completion"u8);
        json.WriteStartArray("choices"u8);
        foreach (Answer answer in answers) WriteChoice(json, answer);
        json.WriteEndArray();
        AnswerJson.WriteUsage(json, usage);
        if (plan.ReturnTokenIds) AnswerJson.WriteTokenIds(json, "prompt_token_ids"u8, answers[0].PromptTokens);
        if (plan.PromptLogprobs is { } alternatives)
        {
            var events = CollectionsMarshal.AsSpan(answers[0].Collected);
            AnswerJson.WritePromptLogprobs(json, AnswerJson.FindPromptReports(events), alternatives, texts);
        }

        json.WriteEndObject();
    }

    private void WriteChoice(Utf8JsonWriter json, Answer answer)
    {
        json.WriteStartObject();
        json.WriteNumber("index"u8, answer.Index);
        json.WriteStartObject("message"u8);
        json.WriteString("role"u8, "assistant"u8);
        AnswerCalls? calls = CallsOf(answer);
        if (calls is null)
        {
            var text = new StringBuilder(plan.Echo);
            foreach (TokenEvent token in answer.Collected) text.Append(token.Text);
            json.WriteString("content"u8, text.ToString());
        }
        else
        {
            var parts = new List<ToolCallPart>();
            if (plan.Echo.Length > 0) parts.Add(new ToolCallPart(ToolCallPartKind.Content, -1, plan.Echo));
            foreach (TokenEvent token in answer.Collected) parts.AddRange(calls.Read(token));
            ToolCallJson.WriteMessage(json, parts, calls);
        }

        json.WriteEndObject();
        ReadOnlySpan<TokenEvent> events = CollectionsMarshal.AsSpan(answer.Collected);
        WriteLogprobs(json, events);
        AnswerJson.WriteFinishReason(json, events[^1].FinishReason, calls?.HasCalls == true);
        AnswerJson.WriteStopReason(json, events[^1]);
        if (plan.ReturnTokenIds) AnswerJson.WriteTokenIds(json, events);
        json.WriteEndObject();
    }

    private AnswerCalls? CallsOf(Answer answer) => tools.IsOffered ? _calls[answer.Index] ??= tools.CreateCalls() : null;

    /// <summary>Writes what a token adds to the content and the calls; reports about the token come with the first piece.</summary>
    private void WriteParts(EventStream stream, Answer answer, TokenEvent token, AnswerCalls calls, bool hasReport)
    {
        ReadOnlySpan<TokenEvent> events = hasReport ? new ReadOnlySpan<TokenEvent>(ref token) : [];
        IReadOnlyList<ToolCallPart> parts = calls.Read(token);
        for (int i = 0; i < parts.Count; i++)
        {
            if (parts[i].Kind == ToolCallPartKind.Content) WriteContent(stream, answer, parts[i].Text, events);
            else WriteCall(stream, answer, parts[i], calls, events);
            events = [];
        }

        if (parts.Count == 0 && hasReport) WriteContent(stream, answer, "", events);
    }

    private void WriteRole(EventStream stream, Answer answer)
    {
        Utf8JsonWriter json = BeginChunk(stream, answer);
        json.WriteStartObject("delta"u8);
        json.WriteString("role"u8, "assistant"u8);
        json.WriteString("content"u8, ""u8);
        json.WriteEndObject();
        json.WriteNull("logprobs"u8);
        EndChunk(stream, json, answer, generated: 0, promptTokens: answer.PromptTokens);
    }

    private void WriteEcho(EventStream stream, Answer answer)
    {
        Utf8JsonWriter json = BeginChunk(stream, answer);
        json.WriteStartObject("delta"u8);
        json.WriteString("content"u8, plan.Echo);
        json.WriteEndObject();
        json.WriteNull("logprobs"u8);
        EndChunk(stream, json, answer, generated: 0);
    }

    private void WriteContent(EventStream stream, Answer answer, string text, ReadOnlySpan<TokenEvent> events)
    {
        Utf8JsonWriter json = BeginChunk(stream, answer);
        json.WriteStartObject("delta"u8);
        json.WriteString("content"u8, text);
        json.WriteEndObject();
        EndPiece(stream, json, answer, events);
    }

    private void WriteCall(EventStream stream, Answer answer, ToolCallPart part, AnswerCalls calls, ReadOnlySpan<TokenEvent> events)
    {
        Utf8JsonWriter json = BeginChunk(stream, answer);
        json.WriteStartObject("delta"u8);
        ToolCallJson.WriteDelta(json, part, calls);
        json.WriteEndObject();
        EndPiece(stream, json, answer, events);
    }

    /// <summary>Ends a chunk with what is reported about the tokens it comes from.</summary>
    private void EndPiece(EventStream stream, Utf8JsonWriter json, Answer answer, ReadOnlySpan<TokenEvent> events)
    {
        WriteLogprobs(json, events);
        if (plan.ReturnTokenIds) AnswerJson.WriteTokenIds(json, events);
        EndChunk(stream, json, answer, answer.GeneratedTokens);
    }

    private void WriteFinish(EventStream stream, Answer answer, TokenEvent last, bool hasCalls)
    {
        Utf8JsonWriter json = BeginChunk(stream, answer);
        json.WriteStartObject("delta"u8);
        json.WriteEndObject();
        json.WriteNull("logprobs"u8);
        EndChunk(stream, json, answer, answer.GeneratedTokens, last, hasCalls);
    }

    private Utf8JsonWriter BeginChunk(EventStream stream, Answer answer)
    {
        Utf8JsonWriter json = stream.BeginEvent();
        json.WriteStartObject();
        plan.Header.Write(json, ChunkType);
        json.WriteStartArray("choices"u8);
        json.WriteStartObject();
        json.WriteNumber("index"u8, answer.Index);
        return json;
    }

    private void EndChunk(
        EventStream stream,
        Utf8JsonWriter json,
        Answer answer,
        int generated,
        TokenEvent? last = null,
        bool hasCalls = false,
        IReadOnlyList<int>? promptTokens = null)
    {
        AnswerJson.WriteFinishReason(json, last?.FinishReason, hasCalls);
        if (last is not null) AnswerJson.WriteStopReason(json, last);
        json.WriteEndObject();
        json.WriteEndArray();
        if (promptTokens is not null && plan.ReturnTokenIds) AnswerJson.WriteTokenIds(json, "prompt_token_ids"u8, promptTokens);
        AnswerJson.WriteUsageSoFar(json, plan, answer, generated);
        json.WriteEndObject();
        stream.EndEvent();
    }

    private void WriteLogprobs(Utf8JsonWriter json, ReadOnlySpan<TokenEvent> events)
    {
        if (!_withLogprobs)
        {
            json.WriteNull("logprobs"u8);
            return;
        }

        json.WriteStartObject("logprobs"u8);
        json.WriteStartArray("content"u8);
        foreach (TokenEvent token in events)
        {
            if (token.LogProbability is { } logProbability) WriteLogprob(json, logProbability);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteLogprob(Utf8JsonWriter json, TokenLogProbability token)
    {
        json.WriteStartObject();
        WriteLogprobFields(json, token.TokenId, token.LogProbability);
        json.WriteStartArray("top_logprobs"u8);
        foreach ((int id, float logProbability) in token.Top)
        {
            json.WriteStartObject();
            WriteLogprobFields(json, id, logProbability);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private void WriteLogprobFields(Utf8JsonWriter json, int token, float logProbability)
    {
        json.WriteString("token"u8, texts.NameOf(token));
        json.WriteNumber("logprob"u8, AnswerJson.Finite(logProbability));
        json.WriteStartArray("bytes"u8);
        foreach (byte value in texts.BytesOf(token)) json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}
