using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trireme.Inference.Kernels;

/// <summary>How weights of one element type lie in memory and become float32. The JIT specialises kernels per format.</summary>
internal unsafe interface IWeightFormat
{
    static abstract int BytesPerWeight { get; }

    /// <summary>Eight weights from <paramref name="column"/> on; no alignment is asked for.</summary>
    static abstract Vector256<float> LoadEight(byte* row, int column);

    /// <summary>Eight weights of each of two rows, the first row's in the lower half.</summary>
    static abstract Vector512<float> LoadTwiceEight(byte* row, byte* next, int column);

    static abstract float Load(byte* row, int column);
}

/// <summary>The upper half of a float32, so that widening is exact.</summary>
internal readonly unsafe struct BFloat16Format : IWeightFormat
{
    public static int BytesPerWeight => sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadEight(byte* row, int column)
    {
        Vector128<ushort> halves = Vector128.Load((ushort*)row + column);
        Vector256<int> widened = Avx2.IsSupported
            ? Avx2.ConvertToVector256Int32(halves)
            : Vector256.Create(Vector128.WidenLower(halves), Vector128.WidenUpper(halves)).AsInt32();
        return Vector256.ShiftLeft(widened, 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadTwiceEight(byte* row, byte* next, int column)
    {
        var halves = Vector256.Create(Vector128.Load((ushort*)row + column), Vector128.Load((ushort*)next + column));
        Vector512<int> widened = Avx512F.IsSupported
            ? Avx512F.ConvertToVector512Int32(halves)
            : Vector512.Create(Vector256.WidenLower(halves), Vector256.WidenUpper(halves)).AsInt32();
        return Vector512.ShiftLeft(widened, 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(byte* row, int column) => BitConverter.UInt32BitsToSingle((uint)((ushort*)row)[column] << 16);
}

internal readonly unsafe struct Float32Format : IWeightFormat
{
    public static int BytesPerWeight => sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> LoadEight(byte* row, int column) => Vector256.Load((float*)row + column);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> LoadTwiceEight(byte* row, byte* next, int column) =>
        Vector512.Create(LoadEight(row, column), LoadEight(next, column));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(byte* row, int column) => ((float*)row)[column];
}
