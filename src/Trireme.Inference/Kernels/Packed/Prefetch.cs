using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>
/// Asks for blocks before they are needed. With several tokens per weight the processor's own prefetcher waits for reads that the
/// arithmetic holds back, so that reading and computing would take turns.
/// </summary>
internal static unsafe class Prefetch
{
    /// <summary>
    /// Four blocks of eight bits. From one block to sixteen makes no difference that can be measured with 4 tokens, where having it
    /// makes a tenth; the first-level cache holds this much besides what is in use.
    /// </summary>
    private const int AheadBytes = 4 * PackedLayout.Int8BlockBytes;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void BlockInt8(byte* block)
    {
        BlockInt4(block);
        byte* ahead = block + AheadBytes;
        Sse.Prefetch0(ahead + 320);
        Sse.Prefetch0(ahead + 384);
        Sse.Prefetch0(ahead + 448);
        Sse.Prefetch0(ahead + 512);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void BlockInt4(byte* block)
    {
        byte* ahead = block + AheadBytes;
        Sse.Prefetch0(ahead);
        Sse.Prefetch0(ahead + 64);
        Sse.Prefetch0(ahead + 128);
        Sse.Prefetch0(ahead + 192);
        Sse.Prefetch0(ahead + 256);
    }
}
