using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Http;
using Trireme.Worker.Hosting;

namespace Trireme.Worker.Http;

/// <summary>
/// Admission by size: the bytes of all request bodies being worked on. A body costs several times its size while it is read and encoded, so
/// a handful of the largest is all that a worker takes at once. Those never keep out an ordinary one, for which some room is its own.
/// </summary>
internal sealed class BodyBytes
{
    /// <summary>Two of the largest bodies, or thousands of ordinary ones.</summary>
    internal const long Max = 2 * WorkerApplication.MaxBodyBytes;

    /// <summary>What ordinary bodies may take beside the others.</summary>
    internal const long OrdinaryRoom = 2 << 20;

    private long _held;

    /// <summary>Bytes of the bodies in work.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <summary>Takes room for a request's body, which <see cref="Return"/> gives back; false when there is none.</summary>
    public bool TryTake(HttpRequest request, [NotNullWhen(true)] out long? taken)
    {
        // Without a length it may become as long as any.
        bool isChunked = request.ContentLength is null && request.Headers.TransferEncoding.Count > 0;
        long bytes = isChunked ? WorkerApplication.MaxBodyBytes : Math.Min(request.ContentLength ?? 0, WorkerApplication.MaxBodyBytes);
        long room = bytes > RequestLimits.OrdinaryBodyBytes ? Max : Max + OrdinaryRoom;
        taken = null;
        long held;
        do
        {
            held = Held;
            if (held + bytes > room) return false;
        }
        while (Interlocked.CompareExchange(ref _held, held + bytes, held) != held);

        taken = bytes;
        return true;
    }

    public void Return(long bytes) => Interlocked.Add(ref _held, -bytes);
}
