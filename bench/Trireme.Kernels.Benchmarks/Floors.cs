using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trireme.Kernels.Benchmarks;

/// <summary>What the machine can do at most: bytes read from memory, and products and sums of bytes in registers.</summary>
internal static unsafe class Floors
{
    private const int Accumulators = 8;

    /// <summary>Keeps results alive.</summary>
    private static long s_sink;

    /// <summary>Reads memory once, from front to back.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Read(byte* data, long length)
    {
        Vector512<long> a = default, b = default, c = default, d = default;
        for (long i = 0; i <= length - 256; i += 256)
        {
            a += Vector512.Load((long*)(data + i));
            b += Vector512.Load((long*)(data + i + 64));
            c += Vector512.Load((long*)(data + i + 128));
            d += Vector512.Load((long*)(data + i + 192));
        }

        Interlocked.Add(ref s_sink, Vector512.Sum(a + b + c + d));
    }

    /// <summary>Operations of one round of <see cref="DotProducts"/>: a product and a sum for each byte.</summary>
    public static double OperationsPerRound => Accumulators * Vector256<byte>.Count * 2.0;

    /// <summary>VPDPBUSD on 256-bit registers with nothing to wait for. Zero rounds where the processor has no such instruction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void DotProducts(long rounds)
    {
        if (!AvxVnni.IsSupported) return;
        var weights = Vector256.Create((byte)3);
        var inputs = Vector256.Create((sbyte)5);
        Vector256<int> a = default, b = default, c = default, d = default, e = default, f = default, g = default, h = default;
        for (long i = 0; i < rounds; i++)
        {
            a = AvxVnni.MultiplyWideningAndAdd(a, weights, inputs);
            b = AvxVnni.MultiplyWideningAndAdd(b, weights, inputs);
            c = AvxVnni.MultiplyWideningAndAdd(c, weights, inputs);
            d = AvxVnni.MultiplyWideningAndAdd(d, weights, inputs);
            e = AvxVnni.MultiplyWideningAndAdd(e, weights, inputs);
            f = AvxVnni.MultiplyWideningAndAdd(f, weights, inputs);
            g = AvxVnni.MultiplyWideningAndAdd(g, weights, inputs);
            h = AvxVnni.MultiplyWideningAndAdd(h, weights, inputs);
            weights += Vector256<byte>.One;
        }

        Interlocked.Add(ref s_sink, Vector256.Sum(a + b + c + d + e + f + g + h));
    }
}
