using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Trireme.Contracts.OpenAi;

namespace Trireme.Worker.Http;

/// <summary>A request's body in pooled memory. The server's limit bounds it.</summary>
internal sealed class RequestBody : IDisposable
{
    /// <summary>The announced length is the client's word and trusted up to this only; further bytes are believed when they come.</summary>
    private const int TrustedBytes = 1 << 20;

    private const int InitialBytes = 4096;

    private byte[] _buffer;
    private int _length;

    private RequestBody(int capacity) => _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    /// <summary>Without the mark that some writers put before UTF-8.</summary>
    public ReadOnlySpan<byte> Text
    {
        get
        {
            ReadOnlySpan<byte> bytes = _buffer.AsSpan(0, _length);
            return bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes;
        }
    }

    /// <summary>The error for a body that is encoded in a way this worker does not read, or null.</summary>
    public static WorkerError? FindEncodingProblem(HttpRequest request)
    {
        StringValues encoding = request.Headers.ContentEncoding;
        if (encoding.Count == 0 || encoding == "identity") return null;
        return new WorkerError
        {
            Status = StatusCodes.Status415UnsupportedMediaType,
            Message = "Compressed request bodies are not read. Send the request without Content-Encoding.",
            Code = OpenAiErrorCodes.UnsupportedMediaType,
        };
    }

    public static async ValueTask<RequestBody> ReadAsync(HttpContext context)
    {
        // One byte more than announced, so that the end of the body is seen without growing.
        var body = new RequestBody((int)Math.Min(context.Request.ContentLength + 1 ?? InitialBytes, TrustedBytes));
        try
        {
            while (true)
            {
                if (body._length == body._buffer.Length) body.Grow();
                int read = await context.Request.Body.ReadAsync(body._buffer.AsMemory(body._length), context.RequestAborted);
                if (read == 0) return body;
                body._length += read;
            }
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        byte[] buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length > 0) ArrayPool<byte>.Shared.Return(buffer);
    }

    private void Grow()
    {
        byte[] larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.AsSpan(0, _length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
