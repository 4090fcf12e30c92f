using System.Buffers;
using System.Globalization;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Dialects.Responses;

/// <summary>
/// A response: its items, one open at a time, and of a streamed one the events that tell of them. What is kept of it is on the disk before
/// its client learns that it is complete.
/// </summary>
/// <param name="head">What it says of itself.</param>
/// <param name="events">What is told as it is made.</param>
/// <param name="keeping">Where it is kept; null where it is not.</param>
/// <param name="maxBytes">Bytes that its texts may have.</param>
internal sealed class ResponseAnswer(ResponseHead head, ResponseEvents events, ResponseKeeping? keeping, int maxBytes) : ChatAnswer
{
    private readonly List<OutputItem> _items = [];
    private bool _hasBegun;
    private bool _isOpen;
    private long _call = -1;
    private long _bytes;

    private int Last => _items.Count - 1;

    public override GatewayError Named(GatewayError error) => ResponseErrors.Named(error);

    public override void Dispose()
    {
        foreach (OutputItem item in _items) item.Dispose();
        keeping?.Dispose();
        base.Dispose();
    }

    protected override void Begin(IBufferWriter<byte> output)
    {
        if (_hasBegun) return;
        _hasBegun = true;
        if (!events.IsStream) return;
        events.BeginResponse("response.created"u8, output);
        WriteResponse("in_progress"u8, error: null, isKept: keeping is not null, output);
        output.EndEvent();
        events.BeginResponse("response.in_progress"u8, output);
        WriteResponse("in_progress"u8, error: null, isKept: keeping is not null, output);
        output.EndEvent();
    }

    protected override void WriteReasoning(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        if (!_isOpen || _items[Last].Kind != OutputKind.Reasoning) Open(new OutputItem(OutputKind.Reasoning, NewId("rs")), output);
        Append(text, default, output);
    }

    protected override void WriteText(ReadOnlySpan<byte> text, JsonSlice logprobs, IBufferWriter<byte> output)
    {
        if (!_isOpen || _items[Last].Kind != OutputKind.Message) Open(new OutputItem(OutputKind.Message, NewId("msg")), output);
        if (!logprobs.IsList)
        {
            Append(text, default, output);
            return;
        }

        using var elements = new PooledBuffer();
        elements.Compact(logprobs);
        Append(text, elements.Span[1..^1], output);
    }

    protected override void WriteCall(ChatCall call, IBufferWriter<byte> output)
    {
        if (!_isOpen || _items[Last].Kind != OutputKind.Call || call.Index != _call)
        {
            // What follows a call that has ended belongs to none, and a call has a name: nobody could put it together.
            if (call.Index <= _call || call.Name.IsEmpty)
            {
                Refuse(GatewayErrors.UnreadableAnswer);
                return;
            }

            _call = call.Index;
            string id = NewId("fc");
            byte[] callId = call.Id.IsEmpty ? System.Text.Encoding.UTF8.GetBytes($"call_{id}") : call.Id.ToArray();
            Open(new OutputItem(OutputKind.Call, id) { CallId = callId, Name = call.Name.ToArray() }, output);
        }

        if (!call.Arguments.Text.IsEmpty) Append(call.Arguments.Text, default, output);
    }

    protected override void Finish(JsonSlice stop)
    {
    }

    protected override async ValueTask EndAsync(IBufferWriter<byte> output, CancellationToken cancellationToken)
    {
        if (FinishReason is null)
        {
            Refuse(GatewayErrors.UnreadableAnswer);
            return;
        }

        Begin(output);
        if (_isOpen) _items[Last].IsIncomplete = FinishReason is "length" or "content_filter";
        Close(output);
        using var response = new PooledBuffer();
        WriteWhole(isKept: keeping is not null, response);
        if (keeping is not null && !await keeping.TryKeepAsync(head, response.Memory, cancellationToken))
        {
            // Its client has the answer all the same, and the word that it cannot be asked for.
            response.Clear();
            WriteWhole(isKept: false, response);
        }

        if (events.IsStream) events.BeginResponse(IsIncomplete ? "response.incomplete"u8 : "response.completed"u8, output);
        output.Write(response.Span);
        if (events.IsStream) output.EndEvent();
    }

    protected override void WriteFailure(GatewayError error, IBufferWriter<byte> output)
    {
        if (!events.IsStream) return;
        Begin(output);
        if (_isOpen) _items[Last].IsIncomplete = true;

        // Clients raise what this event holds; those that only look at the last one find the same in it.
        events.Begin("error"u8, output);
        output.Write(",\"code\":"u8);
        output.OwnText(error.Code);
        output.Write(",\"message\":"u8);
        output.OwnText(error.Message);
        output.Write(",\"param\":null,"u8);
        output.Write(error.ToJson(ApiDialect.OpenAi).AsSpan()[1..^1]);
        output.EndEvent();
        events.BeginResponse("response.failed"u8, output);
        WriteResponse("failed"u8, error, isKept: false, output);
        output.EndEvent();
    }

    private bool IsIncomplete => FinishReason is "length" or "content_filter";

    private void Open(OutputItem item, IBufferWriter<byte> output)
    {
        Close(output);
        _items.Add(item);
        _isOpen = true;
        events.Added(item, Last, output);
    }

    private void Close(IBufferWriter<byte> output)
    {
        if (_isOpen) events.Done(_items[Last], Last, output);
        _isOpen = false;
    }

    private void Append(ReadOnlySpan<byte> text, ReadOnlySpan<byte> logprobs, IBufferWriter<byte> output)
    {
        _bytes += text.Length + logprobs.Length;
        if (_bytes > maxBytes)
        {
            Refuse(GatewayErrors.AnswerTooLong(maxBytes));
            return;
        }

        OutputItem item = _items[Last];
        item.Text.Write(text);
        if (!logprobs.IsEmpty)
        {
            if (item.Logprobs.Length > 0) item.Logprobs.Write(","u8);
            item.Logprobs.Write(logprobs);
        }

        events.Delta(item, Last, text, logprobs, output);
    }

    private void WriteWhole(bool isKept, IBufferWriter<byte> output) =>
        WriteResponse(IsIncomplete ? "incomplete"u8 : "completed"u8, error: null, isKept, output);

    private void WriteResponse(ReadOnlySpan<byte> status, GatewayError? error, bool isKept, IBufferWriter<byte> output)
    {
        head.WriteBeginning(output);
        output.Write(",\"status\":"u8);
        output.Quoted(status);
        ResponseHead.WriteError(error, output);
        output.Write(FinishReason switch
        {
            "length" => ",\"incomplete_details\":{\"reason\":\"max_output_tokens\"}"u8,
            "content_filter" => ",\"incomplete_details\":{\"reason\":\"content_filter\"}"u8,
            _ => ",\"incomplete_details\":null"u8,
        });
        output.Write(",\"output\":["u8);
        for (int i = 0; i < _items.Count; i++)
        {
            if (i > 0) output.Write(","u8);
            _items[i].Write(output);
        }

        output.Write("]"u8);
        bool hasEnded = FinishReason is not null || error is not null;
        head.WriteEnd(hasEnded ? Usage : null, isKept, output);
    }

    private string NewId(string kind) => ResponseIds.OfItem(kind, head.Key, _items.Count.ToString(CultureInfo.InvariantCulture));
}
