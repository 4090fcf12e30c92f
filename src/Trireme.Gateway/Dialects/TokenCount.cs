using System.Buffers;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Dialects;

/// <summary>An engine's tokenization as the number of tokens that a dialect asks for.</summary>
/// <param name="beginning">What the answer begins with, up to the number.</param>
internal sealed class TokenCount(byte[] beginning) : AnswerTranslation
{
    private long? _count;

    public override void Write(ReadOnlySpan<byte> document, IBufferWriter<byte> output) =>
        _count = JsonSlice.Parse(document)["count"u8].WholeNumber();

    protected override ValueTask EndAsync(IBufferWriter<byte> output, CancellationToken cancellationToken)
    {
        if (_count is not { } count)
        {
            Refuse(GatewayErrors.UnreadableAnswer);
            return default;
        }

        output.Write(beginning);
        output.Number(count);
        output.Write("}"u8);
        return default;
    }
}
