using Trireme.Inference.Kernels;

namespace Trireme.Inference.Models;

/// <summary>
/// Memory for converted weights in large pieces, on large pages where the system has them: a token reads all of it, and finding small
/// pages would cost a virtual machine much of the bandwidth.
/// </summary>
internal sealed unsafe class WeightMemory : IDisposable
{
    private const long PieceBytes = 64L << 20;
    private const int LargePageBytes = 2 << 20;
    private const int CacheLineBytes = 64;

    private readonly List<NativeBuffer> _pieces = [];
    private byte* _next;
    private long _left;

    /// <summary>Takes bytes that begin at a cache line and hold nothing yet.</summary>
    public byte* Take(long bytes)
    {
        bytes = RoundUp(bytes, CacheLineBytes);
        if (bytes > _left) Add(Math.Max(PieceBytes, RoundUp(bytes, LargePageBytes)));
        byte* taken = _next;
        _next += bytes;
        _left -= bytes;
        return taken;
    }

    public void Dispose()
    {
        foreach (NativeBuffer piece in _pieces) piece.Dispose();
    }

    private void Add(long bytes)
    {
        var piece = new NativeBuffer(bytes / sizeof(float), LargePageBytes);
        _pieces.Add(piece);
        _next = (byte*)piece.Pointer;
        _left = bytes;
        PageAdvice.PreferLarge(_next, bytes);
    }

    private static long RoundUp(long bytes, long unit) => (bytes + unit - 1) / unit * unit;
}
