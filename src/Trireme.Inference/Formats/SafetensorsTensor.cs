#pragma warning disable CA1822
using System.Diagnostics;

namespace Trireme.Inference.Formats;

/// <summary>One tensor in a mapped file, row-major and little-endian.</summary>
public sealed class SafetensorsTensor
{
    public string Name => throw new UnreachableException();

    public SafetensorsDataType DataType => throw new UnreachableException();

    public IReadOnlyList<int> Shape => throw new UnreachableException();

    public long ElementCount => throw new UnreachableException();

    public long ByteLength => throw new UnreachableException();

    public ReadOnlySpan<byte> Bytes => throw new UnreachableException();

    public ReadOnlySpan<byte> Slice(long offset, int length) => throw new UnreachableException();

    public unsafe byte* Data => throw new UnreachableException();
}
