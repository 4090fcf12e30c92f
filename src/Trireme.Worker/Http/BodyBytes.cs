using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Trireme.Worker.Hosting;

namespace Trireme.Worker.Http;

/// <summary>
/// Admission by size: the bytes of all request bodies being worked on. A body costs several times its size while it is read and encoded, so
/// a handful of the largest is all that a worker takes at once.
/// </summary>
internal sealed class BodyBytes
{
    /// <summary>Two of the largest bodies, or thousands of ordinary ones.</summary>
    internal const long Max = 2 * WorkerApplication.MaxBodyBytes;

    private long _held;

    /// <summary>Bytes of the bodies in work.</summary>
    public long Held => Interlocked.Read(ref _held);

    /// <summary>Takes room for a request's body, which <see cref="Return"/> gives back; false when there is none.</summary>
    public bool TryTake(HttpRequest request, [NotNullWhen(true)] out long? taken)
    {
        // Without a length it may become as long as any.
        bool isChunked = request.ContentLength is null && request.Headers.TransferEncoding.Count > 0;
        long bytes = isChunked ? WorkerApplication.MaxBodyBytes : Math.Min(request.ContentLength ?? 0, WorkerApplication.MaxBodyBytes);
        taken = null;
        if (Interlocked.Add(ref _held, bytes) > Max)
        {
            Return(bytes);
            return false;
        }

        taken = bytes;
        return true;
    }

    public void Return(long bytes) => Interlocked.Add(ref _held, -bytes);
}
