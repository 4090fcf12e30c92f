using System.Net;
using Trireme.Gateway.Admission;

namespace Trireme.Gateway.Forwarding;

/// <summary>The request body on its way to a replica: the client's bytes, with at most one range replaced.</summary>
internal sealed class BodyContent(ReadOnlyMemory<byte> body, BodyPatch? patch) : HttpContent
{
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        if (patch is not { } replaced)
        {
            await stream.WriteAsync(body, cancellationToken);
            return;
        }

        await stream.WriteAsync(body[..replaced.Offset], cancellationToken);
        await stream.WriteAsync(replaced.Inserted, cancellationToken);
        await stream.WriteAsync(body[(replaced.Offset + replaced.Removed)..], cancellationToken);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = body.Length + (patch is { } replaced ? replaced.Inserted.Length - replaced.Removed : 0);
        return true;
    }
}
