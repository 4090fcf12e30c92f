using System.Buffers;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Dialects.Messages;

/// <summary>
/// A streamed message: message_start, for each block of thinking, text and calls its start, deltas and stop, then message_delta with why it
/// ended and message_stop. One block is open at a time.
/// </summary>
internal sealed class MessageStream(MessageHead head) : ChatAnswer
{
    private bool _hasBegun;
    private BlockKind _open;
    private int _block = -1;
    private long _call = -1;
    private byte[] _stop = [];

    private enum BlockKind
    {
        None,
        Thinking,
        Text,
        Call,
    }

    protected override void Begin(IBufferWriter<byte> output)
    {
        if (_hasBegun) return;
        _hasBegun = true;
        output.BeginEvent("message_start"u8);
        output.Write(",\"message\":{"u8);
        head.Write(output);
        output.Write(",\"content\":[],\"stop_reason\":null,\"stop_sequence\":null,"u8);
        // Known here where the engine tells its counts as it goes; the end has them in any case.
        MessageHead.WriteUsage(Usage ?? default, output);
        output.Write("}"u8);
        output.EndEvent();
    }

    protected override void WriteReasoning(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        if (_open != BlockKind.Thinking)
        {
            Open(BlockKind.Thinking, output);
            output.Write("{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}"u8);
            output.EndEvent();
        }

        WriteDelta("{\"type\":\"thinking_delta\",\"thinking\":"u8, text, output);
    }

    protected override void WriteText(ReadOnlySpan<byte> text, JsonSlice logprobs, IBufferWriter<byte> output)
    {
        if (text.IsEmpty) return;
        if (_open != BlockKind.Text)
        {
            Open(BlockKind.Text, output);
            output.Write("{\"type\":\"text\",\"text\":\"\"}"u8);
            output.EndEvent();
        }

        WriteDelta("{\"type\":\"text_delta\",\"text\":"u8, text, output);
    }

    protected override void WriteCall(ChatCall call, IBufferWriter<byte> output)
    {
        if (_open != BlockKind.Call || call.Index != _call)
        {
            // What follows a call that has ended belongs to none, and a call has a name: nobody could put it together.
            if (call.Index <= _call || call.Name.IsEmpty)
            {
                Refuse(GatewayErrors.UnreadableAnswer);
                return;
            }

            _call = call.Index;
            Open(BlockKind.Call, output);
            output.Write("{\"type\":\"tool_use\",\"id\":"u8);
            if (call.Id.IsEmpty) output.OwnText($"toolu_{Guid.NewGuid():N}");
            else output.Quoted(call.Id);
            output.Write(",\"name\":"u8);
            output.Quoted(call.Name);
            output.Write(",\"input\":{}}"u8);
            output.EndEvent();
        }

        if (!call.Arguments.Text.IsEmpty) WriteDelta("{\"type\":\"input_json_delta\",\"partial_json\":"u8, call.Arguments.Text, output);
    }

    protected override void Finish(JsonSlice stop) => _stop = stop.Text.ToArray();

    protected override ValueTask EndAsync(IBufferWriter<byte> output, CancellationToken cancellationToken)
    {
        Begin(output);
        Close(output);
        output.BeginEvent("message_delta"u8);
        output.Write(",\"delta\":{"u8);
        MessageHead.WriteStop(FinishReason, _stop, output);
        output.Write("},"u8);
        MessageHead.WriteUsage(Usage ?? default, output);
        output.EndEvent();
        output.BeginEvent("message_stop"u8);
        output.EndEvent();
        return default;
    }

    protected override void WriteFailure(GatewayError error, IBufferWriter<byte> output)
    {
        output.Write("event: error\ndata: "u8);
        output.Write(error.ToJson(ApiDialect.Anthropic, head.RequestId));
        output.Write("\n\n"u8);
    }

    /// <summary>Begins a block, up to what it is.</summary>
    private void Open(BlockKind kind, IBufferWriter<byte> output)
    {
        Close(output);
        _open = kind;
        _block++;
        output.BeginEvent("content_block_start"u8);
        WriteIndex(output);
        output.Write(",\"content_block\":"u8);
    }

    private void WriteDelta(ReadOnlySpan<byte> beginning, ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        output.BeginEvent("content_block_delta"u8);
        WriteIndex(output);
        output.Write(",\"delta\":"u8);
        output.Write(beginning);
        output.Quoted(text);
        output.Write("}"u8);
        output.EndEvent();
    }

    private void Close(IBufferWriter<byte> output)
    {
        if (_open == BlockKind.None) return;
        _open = BlockKind.None;
        output.BeginEvent("content_block_stop"u8);
        WriteIndex(output);
        output.EndEvent();
    }

    private void WriteIndex(IBufferWriter<byte> output)
    {
        output.Write(",\"index\":"u8);
        output.Number(_block);
    }
}
