using System.Runtime.InteropServices;
using System.Text.Json;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Inference.ToolCalls;
using Trireme.Worker.Answers;
using Trireme.Worker.Http;
using Trireme.Worker.Tools;

namespace Trireme.Worker.Chat;

/// <summary>
/// Words chat answers. A stream opens with the role, then holds thinking, text and calls piece by piece, one piece of one of them in a
/// chunk, then the finish reason beside an empty delta; clients disagree on anything else.
/// </summary>
internal sealed class ChatAnswerFormat(AnswerPlan plan, TokenTexts texts, ToolUse tools, bool isThinking) : IAnswerFormat
{
    private readonly bool _withLogprobs = plan.Sampling.LogProbabilities is not null;
    private readonly AnswerParts?[] _parts = new AnswerParts?[plan.AnswersPerPrompt];

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
        AnswerParts parts = PartsOf(answer);
        WriteParts(stream, answer, token, parts, hasReport);
        if (token.FinishReason is not null) WriteFinish(stream, answer, token, parts.HasCalls);
    }

    public void WriteUsage(EventStream stream, Usage usage) => AnswerJson.WriteUsageEvent(stream, plan.Header, ChunkType, usage);

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
        AnswerParts reader = PartsOf(answer);
        var parts = new List<ToolCallPart>();
        if (plan.Echo.Length > 0) parts.Add(new ToolCallPart(ToolCallPartKind.Content, -1, plan.Echo));
        foreach (TokenEvent token in answer.Collected) parts.AddRange(reader.Read(token));
        ToolCallJson.WriteMessage(json, parts, reader);
        json.WriteEndObject();
        ReadOnlySpan<TokenEvent> events = CollectionsMarshal.AsSpan(answer.Collected);
        WriteLogprobs(json, events);
        AnswerJson.WriteFinishReason(json, events[^1].FinishReason, reader.HasCalls);
        AnswerJson.WriteStopReason(json, events[^1]);
        if (plan.ReturnTokenIds) AnswerJson.WriteTokenIds(json, events);
        json.WriteEndObject();
    }

    private AnswerParts PartsOf(Answer answer) => _parts[answer.Index] ??= tools.CreateParts(isThinking, isWhole: !plan.Stream);

    /// <summary>Writes what a token adds to the content and the calls; reports about the token come with the first piece.</summary>
    private void WriteParts(EventStream stream, Answer answer, TokenEvent token, AnswerParts reader, bool hasReport)
    {
        ReadOnlySpan<TokenEvent> events = hasReport ? new ReadOnlySpan<TokenEvent>(ref token) : [];
        IReadOnlyList<ToolCallPart> parts = reader.Read(token);
        for (int i = 0; i < parts.Count; i++)
        {
            if (parts[i].Kind is ToolCallPartKind.Content or ToolCallPartKind.Reasoning) WriteText(stream, answer, parts[i], events);
            else WriteCall(stream, answer, parts[i], reader, events);
            events = [];
        }

        if (parts.Count == 0 && hasReport) WriteText(stream, answer, new ToolCallPart(ToolCallPartKind.Content, -1, ""), events);
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

    private void WriteText(EventStream stream, Answer answer, in ToolCallPart part, ReadOnlySpan<TokenEvent> events)
    {
        Utf8JsonWriter json = BeginChunk(stream, answer);
        json.WriteStartObject("delta"u8);
        json.WriteString(part.Kind == ToolCallPartKind.Reasoning ? "reasoning_content"u8 : "content"u8, part.Text);
        json.WriteEndObject();
        EndPiece(stream, json, answer, events);
    }

    private void WriteCall(EventStream stream, Answer answer, ToolCallPart part, AnswerParts calls, ReadOnlySpan<TokenEvent> events)
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
