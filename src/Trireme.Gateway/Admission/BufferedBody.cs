using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace Trireme.Gateway.Admission;

/// <summary>A request body in pooled memory, kept until the request is over so that it can be sent again.</summary>
internal sealed class BufferedBody : IDisposable
{
    private const int InitialBytes = 4096;

    private byte[] _buffer;

    private BufferedBody(int capacity) => _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, Length);

    public ReadOnlySpan<byte> Span => _buffer.AsSpan(0, Length);

    /// <summary>Null when the body is larger than the limit.</summary>
    public static async ValueTask<BufferedBody?> ReadAsync(HttpRequest request, int limit, CancellationToken cancellationToken)
    {
        if (request.ContentLength > limit) return null;

        // One byte more than announced, so that the end of the body is seen without growing.
        var body = new BufferedBody((int)(request.ContentLength ?? InitialBytes) + 1);
        try
        {
            while (true)
            {
                if (body.Length == body._buffer.Length) body.Grow();
                int read = await request.Body.ReadAsync(body._buffer.AsMemory(body.Length), cancellationToken);
                if (read == 0) return body;
                body.Length += read;
                if (body.Length <= limit) continue;
                body.Dispose();
                return null;
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
        _buffer.AsSpan(0, Length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
