using System.Runtime.InteropServices;

namespace Trireme.Inference.Kernels;

/// <summary>Floats outside the garbage collector's heap, aligned to a cache line. Pages cost memory only once they are touched.</summary>
internal sealed unsafe class NativeBuffer : SafeHandle
{
    private const int CacheLineBytes = 64;

    /// <param name="length">In floats.</param>
    /// <param name="alignment">Bytes; a power of two.</param>
    public NativeBuffer(long length, int alignment = CacheLineBytes)
        : base(0, ownsHandle: true)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        Length = length;
        SetHandle((nint)NativeMemory.AlignedAlloc(checked((nuint)length * sizeof(float)), (nuint)alignment));
    }

    /// <summary>In floats.</summary>
    public long Length { get; }

    public long ByteLength => Length * sizeof(float);

    public float* Pointer => (float*)handle;

    public override bool IsInvalid => handle == 0;

    public Span<float> Slice(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset + length, Length, nameof(length));
        return new Span<float>(Pointer + offset, length);
    }

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}
