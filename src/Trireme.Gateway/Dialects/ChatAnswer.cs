using System.Buffers;
using System.Text.Json;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Dialects;

/// <summary>
/// Reads the chat completions of an engine, whole ones and the chunks of streams alike, which differ in two names only. All texts keep the
/// escapes they came with.
/// </summary>
internal abstract class ChatAnswer : AnswerTranslation
{
    /// <summary>Tokens as the engine last told them.</summary>
    protected TokenUsage? Usage { get; private set; }

    /// <summary>Why the engine ended the answer; null while it goes on.</summary>
    protected string? FinishReason { get; private set; }

    public sealed override void Write(ReadOnlySpan<byte> document, IBufferWriter<byte> output)
    {
        if (Failure is not null || IsClosed) return;
        JsonSlice answer = JsonSlice.Parse(document);
        if (!answer.IsObject)
        {
            Refuse(GatewayErrors.UnreadableAnswer);
            return;
        }

        JsonSlice choices = default;
        JsonSlice error = default;
        foreach (JsonMember member in answer.Members)
        {
            if (member.Is("choices"u8)) choices = member.Value;
            else if (member.Is("usage"u8)) Usage = ReadUsage(member.Value) ?? Usage;
            else if (member.Is("error"u8)) error = member.Value;
        }

        if (!error.IsNull)
        {
            Refuse(EngineError.Of(error));
            return;
        }

        Begin(output);
        foreach (JsonSlice choice in choices.Elements) WriteChoice(choice, output);
    }

    /// <summary>Something has come of the answer.</summary>
    protected abstract void Begin(IBufferWriter<byte> output);

    /// <summary>The model thinks.</summary>
    protected abstract void WriteReasoning(ReadOnlySpan<byte> text, IBufferWriter<byte> output);

    /// <param name="text">What the model says.</param>
    /// <param name="logprobs">What is reported of its tokens; a list, or missing.</param>
    /// <param name="output">What the client gets.</param>
    protected abstract void WriteText(ReadOnlySpan<byte> text, JsonSlice logprobs, IBufferWriter<byte> output);

    /// <summary>The model calls a function, or adds to its call.</summary>
    protected abstract void WriteCall(ChatCall call, IBufferWriter<byte> output);

    /// <summary>The answer has ended.</summary>
    /// <param name="stop">The text that ended it, or a token; null where nothing did.</param>
    protected abstract void Finish(JsonSlice stop);

    private static TokenUsage? ReadUsage(JsonSlice usage)
    {
        if (!usage.IsObject) return null;
        var reader = new Utf8JsonReader(usage.Bytes);
        reader.Read();
        return TokenUsage.Read(ref reader);
    }

    private void WriteChoice(JsonSlice choice, IBufferWriter<byte> output)
    {
        JsonSlice message = default;
        JsonSlice logprobs = default;
        JsonSlice finish = default;
        JsonSlice stop = default;
        foreach (JsonMember member in choice.Members)
        {
            // One answer was asked for; whatever else an engine sends is none of it.
            if (member.Is("index"u8) && member.Value.WholeNumber() > 0) return;
            if (member.Is("delta"u8) || member.Is("message"u8)) message = member.Value;
            else if (member.Is("logprobs"u8)) logprobs = member.Value["content"u8];
            else if (member.Is("finish_reason"u8)) finish = member.Value;
            else if (member.Is("stop_reason"u8)) stop = member.Value;
        }

        WriteMessage(message, logprobs, output);
        if (!finish.IsText || FinishReason is not null) return;
        var reader = new Utf8JsonReader(finish.Bytes);
        reader.Read();
        FinishReason = FinishReasons.Read(ref reader);
        Finish(stop);
    }

    /// <summary>Whole messages have their parts in any order; a model thinks before it speaks.</summary>
    private void WriteMessage(JsonSlice message, JsonSlice logprobs, IBufferWriter<byte> output)
    {
        JsonSlice reasoning = default;
        JsonSlice text = default;
        JsonSlice calls = default;
        foreach (JsonMember member in message.Members)
        {
            // Engines spell it either way, and some send both.
            if ((member.Is("reasoning_content"u8) || member.Is("reasoning"u8)) && member.Value.IsText) reasoning = member.Value;
            else if (member.Is("content"u8)) text = member.Value;
            else if (member.Is("tool_calls"u8)) calls = member.Value;
        }

        if (!reasoning.Text.IsEmpty) WriteReasoning(reasoning.Text, output);
        if (!text.Text.IsEmpty || (logprobs.IsList && logprobs.Bytes.Length > 2)) WriteText(text.Text, logprobs, output);
        int position = 0;
        foreach (JsonSlice call in calls.Elements)
        {
            WriteCall(ChatCall.Of(call, position++), output);
            if (Failure is not null) return;
        }
    }
}

/// <summary>What an engine says of a call of a function.</summary>
internal readonly ref struct ChatCall
{
    /// <summary>Which of the answer's calls it is.</summary>
    public long Index { get; private init; }

    public ReadOnlySpan<byte> Id { get; private init; }

    public ReadOnlySpan<byte> Name { get; private init; }

    /// <summary>A text, or a part of it; engines that send the object itself are read as if they had sent its text.</summary>
    public JsonSlice Arguments { get; private init; }

    /// <param name="call">An element of tool_calls.</param>
    /// <param name="position">Its place there, which is its index where it names none.</param>
    public static ChatCall Of(JsonSlice call, int position)
    {
        JsonSlice function = call["function"u8];
        JsonSlice arguments = function["arguments"u8];
        return new ChatCall
        {
            Index = call["index"u8].WholeNumber() ?? position,
            Id = call["id"u8].Text,
            Name = function["name"u8].Text,
            Arguments = arguments.IsObject ? TextOf(arguments) : arguments,
        };
    }

    private static JsonSlice TextOf(JsonSlice document)
    {
        using var text = new PooledBuffer();
        text.AsText(document);
        return new JsonSlice(text.Span.ToArray());
    }
}
