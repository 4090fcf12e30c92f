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
    /// About four blocks of eight bits. From one block to sixteen makes no difference that can be measured with 4 tokens, where having it
    /// makes a tenth; the first-level cache holds this much besides what is in use.
    /// </summary>
    private const int AheadBytes = 2176;

    private const int CacheLineBytes = 64;

    /// <summary>
    /// Whether blocks should be asked for with one token too: numbers whose upper bits lie apart from the lower are not read forward
    /// only, which halves the speed of five bits without it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool HelpsOneToken<TFormat>()
        where TFormat : IPackedFormat => TFormat.Bits is 5 or 6;

    /// <summary>Asks for the lines of a block that comes about four blocks later.</summary>
    /// <param name="block">The block that is being read.</param>
    /// <param name="bytes">Its size.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Block(byte* block, int bytes)
    {
        byte* ahead = block + AheadBytes;
        Sse.Prefetch0(ahead);
        Sse.Prefetch0(ahead + CacheLineBytes);
        Sse.Prefetch0(ahead + (2 * CacheLineBytes));
        Sse.Prefetch0(ahead + (3 * CacheLineBytes));
        Sse.Prefetch0(ahead + (4 * CacheLineBytes));
        if (bytes > 5 * CacheLineBytes) Sse.Prefetch0(ahead + (5 * CacheLineBytes));
        if (bytes > 6 * CacheLineBytes) Sse.Prefetch0(ahead + (6 * CacheLineBytes));
        if (bytes > 7 * CacheLineBytes) Sse.Prefetch0(ahead + (7 * CacheLineBytes));
        if (bytes > 8 * CacheLineBytes) Sse.Prefetch0(ahead + (8 * CacheLineBytes));
    }
}
