using System.Buffers;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Dialects;

/// <summary>
/// Says an engine's answer in the words of the client's dialect: the events of a stream one by one, or a whole answer as if it were the one
/// event there is. It belongs to one request and remembers how far its answer has come. What it cannot say ends the answer with
/// <see cref="Failure"/>, never with something that looks whole.
/// </summary>
internal abstract class AnswerTranslation : IDisposable
{
    /// <summary>What is wrong with the answer; null while nothing is.</summary>
    public GatewayError? Failure { get; private set; }

    /// <summary>The client has got the last of it: nothing may follow.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Writes what a document of the engine's comes to.</summary>
    public abstract void Write(ReadOnlySpan<byte> document, IBufferWriter<byte> output);

    /// <summary>Ends an answer that is whole.</summary>
    public async ValueTask CompleteAsync(IBufferWriter<byte> output, CancellationToken cancellationToken)
    {
        if (IsClosed || Failure is not null) return;
        await EndAsync(output, cancellationToken);
        IsClosed = Failure is null;
    }

    /// <summary>Ends a stream that is not whole.</summary>
    public void Fail(GatewayError error, IBufferWriter<byte> output)
    {
        if (IsClosed) return;
        IsClosed = true;
        WriteFailure(Failure ??= error, output);
    }

    /// <summary>An error in the engine's words with the names that the fields have in the client's.</summary>
    public virtual GatewayError Named(GatewayError error) => error;

    public virtual void Dispose()
    {
    }

    protected abstract ValueTask EndAsync(IBufferWriter<byte> output, CancellationToken cancellationToken);

    /// <summary>Writes the last event of a stream that is not whole.</summary>
    protected virtual void WriteFailure(GatewayError error, IBufferWriter<byte> output)
    {
    }

    /// <summary>Ends the answer for what is wrong with it.</summary>
    protected void Refuse(GatewayError error) => Failure ??= error;
}
