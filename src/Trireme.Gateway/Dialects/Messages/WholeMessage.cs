using System.Buffers;
using System.Text.Json;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Dialects.Messages;

/// <summary>An unstreamed message.</summary>
internal sealed class WholeMessage(MessageHead head) : ChatAnswer
{
    private readonly PooledBuffer _content = new();
    private byte[] _stop = [];
    private bool _hasBrokenCall;

    public override void Dispose()
    {
        _content.Dispose();
        base.Dispose();
    }

    protected override void Begin(IBufferWriter<byte> output)
    {
    }

    protected override void WriteReasoning(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        BeginBlock("{\"type\":\"thinking\",\"thinking\":"u8);
        _content.Quoted(text);
        _content.Write(",\"signature\":\"\"}"u8);
    }

    protected override void WriteText(ReadOnlySpan<byte> text, JsonSlice logprobs, IBufferWriter<byte> output)
    {
        if (text.IsEmpty) return;
        BeginBlock("{\"type\":\"text\",\"text\":"u8);
        _content.Quoted(text);
        _content.Write("}"u8);
    }

    protected override void WriteCall(ChatCall call, IBufferWriter<byte> output)
    {
        byte[] document = ArrayPool<byte>.Shared.Rent(Math.Max(2, call.Arguments.Bytes.Length));
        try
        {
            JsonSlice input = InputOf(call.Arguments, document);
            if (!input.IsObject)
            {
                _hasBrokenCall = true;
                return;
            }

            BeginBlock("{\"type\":\"tool_use\",\"id\":"u8);
            if (call.Id.IsEmpty) _content.OwnText($"toolu_{Guid.NewGuid():N}");
            else _content.Quoted(call.Id);
            _content.Write(",\"name\":"u8);
            _content.Quoted(call.Name);
            _content.Write(",\"input\":"u8);
            _content.Compact(input);
            _content.Write("}"u8);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(document);
        }
    }

    protected override void Finish(JsonSlice stop)
    {
        _stop = stop.Text.ToArray();
        // A call that the limit cut is left out, so that nobody makes half a call; the reason says that there was more. Any other is an
        // error of the model's.
        if (_hasBrokenCall && FinishReason != "length") Refuse(GatewayErrors.BrokenCall);
    }

    protected override ValueTask EndAsync(IBufferWriter<byte> output, CancellationToken cancellationToken)
    {
        if (FinishReason is null)
        {
            Refuse(GatewayErrors.UnreadableAnswer);
            return default;
        }

        output.Write("{"u8);
        head.Write(output);
        output.Write(",\"content\":["u8);
        output.Write(_content.Span);
        output.Write("],"u8);
        MessageHead.WriteStop(FinishReason, _stop, output);
        output.Write(","u8);
        MessageHead.WriteUsage(Usage ?? default, output);
        output.Write("}"u8);
        return default;
    }

    /// <summary>The document that a call's text holds.</summary>
    private static JsonSlice InputOf(JsonSlice arguments, byte[] document)
    {
        if (arguments.Text.IsEmpty)
        {
            "{}"u8.CopyTo(document);
            return new JsonSlice(document.AsSpan(0, 2));
        }

        var reader = new Utf8JsonReader(arguments.Bytes);
        reader.Read();
        try
        {
            return JsonSlice.Parse(document.AsSpan(0, reader.CopyString(document)));
        }
        catch (InvalidOperationException)
        {
            // Half a character.
            return default;
        }
    }

    private void BeginBlock(ReadOnlySpan<byte> beginning)
    {
        if (_content.Length > 0) _content.Write(","u8);
        _content.Write(beginning);
    }
}
