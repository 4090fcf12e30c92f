using System.Buffers;
using System.IO.Pipelines;
using Trireme.Gateway.Accounting;
using Trireme.Gateway.Forwarding;
using Trireme.Gateway.Pipeline;

namespace Trireme.Gateway.Dialects;

/// <summary>What a translated stream sends to its client. It counts the bytes, and allocates nothing per event.</summary>
internal sealed class ClientOutput(GatewayRequest request, AnswerTranslation answer) : IBufferWriter<byte>
{
    private readonly PipeWriter _writer = request.Http.Response.BodyWriter;
    private readonly AnswerProgress _progress = request.Progress;

    public void Advance(int count)
    {
        _writer.Advance(count);
        _progress.BytesToClient += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0) => _writer.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => _writer.GetSpan(sizeHint);

    public ValueTask<FlushResult> FlushAsync() => _writer.FlushAsync(request.ClientLeft);

    public ValueTask CompleteAsync() => answer.CompleteAsync(this, request.ClientLeft);

    /// <summary>Writes what complete events of an engine's come to.</summary>
    /// <returns>True when their end marker is among them.</returns>
    public bool Write(ReadOnlySpan<byte> events)
    {
        bool isDone = false;
        int searched = 0;
        while (StreamEvent.FindEnd(events, ref searched) is var length and > 0)
        {
            ReadOnlySpan<byte> one = events[..length];
            events = events[length..];
            ReadOnlySpan<byte> payload = StreamEvent.PayloadOf(one, out bool isComment);
            if (StreamEvent.IsEndMarker(payload)) isDone = true;
            else if (!payload.IsEmpty) answer.Write(payload, this);
            // Comments keep the connection alive in any dialect.
            else if (isComment) BuffersExtensions.Write(this, one);
        }

        if (answer.Failure is { } failure) answer.Fail(failure, this);
        return isDone;
    }
}
