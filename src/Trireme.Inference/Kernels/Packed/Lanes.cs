using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trireme.Inference.Kernels.Packed;

/// <summary>
/// Four bytes each of consecutive rows, as they follow each other in a chunk. A format says with these operators once, for vectors of
/// any width, where its numbers are.
/// </summary>
/// <remarks>Shifts move the four bytes of a row together: what crosses from one byte to the next has to be masked away.</remarks>
internal unsafe interface ILanes<TSelf>
    where TSelf : struct, ILanes<TSelf>
{
    static abstract TSelf Load(byte* bytes);

    static abstract TSelf operator &(TSelf lanes, uint mask);

    static abstract TSelf operator |(TSelf lanes, TSelf other);

    static abstract TSelf operator <<(TSelf lanes, int count);

    static abstract TSelf operator >>(TSelf lanes, int count);
}

internal readonly unsafe struct OneRow(uint four) : ILanes<OneRow>
{
    public readonly uint Four = four;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneRow Load(byte* bytes) => new(*(uint*)bytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneRow operator &(OneRow lanes, uint mask) => new(lanes.Four & mask);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneRow operator |(OneRow lanes, OneRow other) => new(lanes.Four | other.Four);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneRow operator <<(OneRow lanes, int count) => new(lanes.Four << count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static OneRow operator >>(OneRow lanes, int count) => new(lanes.Four >> count);
}

internal readonly unsafe struct EightRows(Vector256<uint> fours) : ILanes<EightRows>
{
    public readonly Vector256<uint> Fours = fours;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightRows Load(byte* bytes) => new(Vector256.Load((uint*)bytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightRows operator &(EightRows lanes, uint mask) => new(lanes.Fours & Vector256.Create(mask));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightRows operator |(EightRows lanes, EightRows other) => new(lanes.Fours | other.Fours);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightRows operator <<(EightRows lanes, int count) => new(lanes.Fours << count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static EightRows operator >>(EightRows lanes, int count) => new(lanes.Fours >>> count);
}

internal readonly unsafe struct SixteenRows(Vector512<uint> fours) : ILanes<SixteenRows>
{
    public readonly Vector512<uint> Fours = fours;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenRows Load(byte* bytes) => new(Vector512.Load((uint*)bytes));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenRows operator &(SixteenRows lanes, uint mask) => new(lanes.Fours & Vector512.Create(mask));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenRows operator |(SixteenRows lanes, SixteenRows other) => new(lanes.Fours | other.Fours);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenRows operator <<(SixteenRows lanes, int count) => new(lanes.Fours << count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SixteenRows operator >>(SixteenRows lanes, int count) => new(lanes.Fours >>> count);
}
