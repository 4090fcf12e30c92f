using System.Buffers;
using Microsoft.AspNetCore.Http;
using Trireme.Gateway.Surface;

namespace Trireme.Gateway.Admission;

/// <summary>
/// A request body in pooled memory, kept until the request is over so that it can be sent again. It grows as bytes come: what a client
/// only announces takes no memory. The gateway writes one itself where it translates a client's; what does not fit then is dropped, and
/// <see cref="Refusal"/> says so.
/// </summary>
internal sealed class BufferedBody : IBufferWriter<byte>, IDisposable
{
    private const int InitialBytes = 4096;

    /// <summary>Most that is taken on a client's word.</summary>
    private const int MostAtOnce = 64 << 10;

    private readonly BodyMemory _memory;
    private readonly string _tenant;
    private readonly int _limit;
    private byte[] _buffer = [];
    private int _taken;
    private int _start;

    /// <summary>An empty body.</summary>
    /// <param name="limit">Bytes it may have.</param>
    /// <param name="memory">Where the memory comes from.</param>
    /// <param name="tenant">Who it is taken for.</param>
    public BufferedBody(int limit, BodyMemory memory, string tenant)
    {
        _limit = limit;
        _memory = memory;
        _tenant = tenant;
    }

    /// <summary>Why what was written is not all here; null where it is.</summary>
    public BodyRefusal? Refusal { get; private set; }

    public int Length { get; private set; }

    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(_start, Length);

    public ReadOnlySpan<byte> Span => _buffer.AsSpan(_start, Length);

    /// <summary>Reads a body to its end, or says why it is not taken.</summary>
    /// <param name="request">The request.</param>
    /// <param name="limit">Bytes a body may have.</param>
    /// <param name="memory">Where the memory comes from.</param>
    /// <param name="tenant">Who it is taken for.</param>
    /// <param name="cancellationToken">Cancelled when the client has left.</param>
    public static async ValueTask<BodyReading> ReadAsync(
        HttpRequest request, int limit, BodyMemory memory, string tenant, CancellationToken cancellationToken)
    {
        if (request.ContentLength > limit) return BodyRefusal.TooLarge;
        var body = new BufferedBody(limit, memory, tenant);
        BodyRefusal? refusal;
        try
        {
            refusal = await body.FillAsync(request, cancellationToken);
        }
        catch
        {
            body.Dispose();
            throw;
        }

        if (refusal is { } reason)
        {
            body.Dispose();
            return reason;
        }

        body.SkipMark();
        return body;
    }

    public void Advance(int count)
    {
        if (Refusal is null) Length += count;
        if (Length <= _limit) return;
        Length = 0;
        Refusal = BodyRefusal.TooLarge;
    }

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        int needed = Length + Math.Max(1, sizeHint);
        if (Refusal is null && needed > _buffer.Length && !TryGrow((int)Math.Max(needed, Math.Max(InitialBytes, _buffer.Length * 2L))))
        {
            Length = 0;
            Refusal = BodyRefusal.NoMemory;
        }

        // What is written after a refusal is forgotten.
        if (Refusal is null) return _buffer.AsMemory(Length);
        return _buffer.Length >= Math.Max(1, sizeHint) ? _buffer : new byte[Math.Max(InitialBytes, sizeHint)];
    }

    public Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public void Dispose()
    {
        byte[] buffer = Interlocked.Exchange(ref _buffer, []);
        if (buffer.Length == 0) return;
        ArrayPool<byte>.Shared.Return(buffer);
        _memory.Return(_tenant, _taken);
    }

    /// <summary>Leaves out the mark that some writers put before UTF-8, and that JSON readers do not expect.</summary>
    private void SkipMark()
    {
        if (!Span.StartsWith("\uFEFF"u8)) return;
        _start = 3;
        Length -= 3;
    }

    private async ValueTask<BodyRefusal?> FillAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        // One byte more than announced, so that the end of the body is seen without growing.
        long whole = (request.ContentLength ?? _limit) + 1;
        if (!TryGrow((int)Math.Min((request.ContentLength ?? InitialBytes) + 1, MostAtOnce))) return BodyRefusal.NoMemory;
        while (true)
        {
            if (Length == _buffer.Length && !TryGrow((int)Math.Min(_buffer.Length * 2L, whole))) return BodyRefusal.NoMemory;
            int read = await request.Body.ReadAsync(_buffer.AsMemory(Length), cancellationToken);
            if (read == 0) return null;
            Length += read;
            if (Length > _limit) return BodyRefusal.TooLarge;
        }
    }

    private bool TryGrow(int capacity)
    {
        if (!_memory.TryTake(_tenant, capacity - _taken, capacity)) return false;
        _taken = capacity;
        byte[] larger = ArrayPool<byte>.Shared.Rent(capacity);
        _buffer.AsSpan(0, Length).CopyTo(larger);
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
        return true;
    }
}

/// <summary>Why a body is not taken.</summary>
internal enum BodyRefusal
{
    TooLarge,

    /// <summary>The bodies of other requests take the memory there is.</summary>
    NoMemory,
}

internal static class BodyRefusals
{
    public static GatewayError ToError(this BodyRefusal refusal, GatewayOptions options, BodyMemory memory) =>
        refusal == BodyRefusal.TooLarge
            ? GatewayErrors.TooLarge(options.MaxRequestBytes)
            : GatewayErrors.NoMemory(memory.Max, options.RetryAfter);

    /// <summary>Why a body that was written is not whole; null where it is.</summary>
    public static GatewayError? RefusalOf(this BufferedBody written, GatewayOptions options, BodyMemory memory) =>
        written.Refusal?.ToError(options, memory);
}

/// <summary>A body, or why there is none.</summary>
internal readonly record struct BodyReading(BufferedBody? Body, BodyRefusal Refusal)
{
    public static implicit operator BodyReading(BufferedBody body) => new(body, default);

    public static implicit operator BodyReading(BodyRefusal refusal) => new(null, refusal);
}
