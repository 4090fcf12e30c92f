using System.Buffers;
using System.Text.Json;
using Trireme.Contracts.OpenAi;
using Trireme.Gateway.Accounting;

namespace Trireme.Gateway.Dialects.Messages;

/// <summary>What a message says of itself beside its content.</summary>
/// <param name="model">The model as the client named it.</param>
/// <param name="requestId">The request's id, which errors name.</param>
internal sealed class MessageHead(string model, string requestId)
{
    private readonly byte[] _model = JsonSerializer.SerializeToUtf8Bytes(model, OpenAiJson.Options);

    public string RequestId { get; } = requestId;

    private string Id { get; } = $"msg_{Guid.NewGuid():N}";

    /// <summary>Id, role and model, after which the content comes.</summary>
    public void Write(IBufferWriter<byte> output)
    {
        output.Write("\"id\":"u8);
        output.OwnText(Id);
        output.Write(",\"type\":\"message\",\"role\":\"assistant\",\"model\":"u8);
        output.Write(_model);
    }

    /// <summary>Why the model ended, in Anthropic's words.</summary>
    /// <param name="finishReason">In OpenAI's words.</param>
    /// <param name="stop">The text that ended the answer, with its escapes; empty where none did.</param>
    /// <param name="output">What the client gets.</param>
    public static void WriteStop(string? finishReason, ReadOnlySpan<byte> stop, IBufferWriter<byte> output)
    {
        output.Write("\"stop_reason\":"u8);
        output.Write(finishReason switch
        {
            "length" => "\"max_tokens\""u8,
            "tool_calls" or "function_call" => "\"tool_use\""u8,
            "content_filter" => "\"refusal\""u8,
            _ => stop.IsEmpty ? "\"end_turn\""u8 : "\"stop_sequence\""u8,
        });
        output.Write(",\"stop_sequence\":"u8);
        if (stop.IsEmpty) output.Write("null"u8);
        else output.Quoted(stop);
    }

    /// <summary>Prompt tokens that came out of a cache are counted apart from the others.</summary>
    public static void WriteUsage(TokenUsage usage, IBufferWriter<byte> output)
    {
        output.Write("\"usage\":{\"input_tokens\":"u8);
        output.Number(Math.Max(0, usage.Prompt - usage.CachedPrompt));
        output.Write(",\"cache_creation_input_tokens\":0,\"cache_read_input_tokens\":"u8);
        output.Number(usage.CachedPrompt);
        output.Write(",\"output_tokens\":"u8);
        output.Number(usage.Generated);
        output.Write("}"u8);
    }
}
