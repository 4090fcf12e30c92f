using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Trireme.Inference.Kernels;

/// <summary>How the numbers of keys and values lie in memory.</summary>
internal unsafe interface IKvFormat
{
    /// <summary>Numbers are multiplied by a scale of their token and head.</summary>
    static abstract bool HasScales { get; }

    /// <summary>Eight numbers from an index on, without their scale.</summary>
    static abstract Vector256<float> Load8(byte* data, nint index);

    /// <summary>Sixteen numbers from an index on, without their scale.</summary>
    static abstract Vector512<float> Load16(byte* data, nint index);
}

internal readonly unsafe struct Float32KvFormat : IKvFormat
{
    public static bool HasScales => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load8(byte* data, nint index) => Vector256.Load((float*)data + index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load16(byte* data, nint index) => Vector512.Load((float*)data + index);
}

internal readonly unsafe struct Int8KvFormat : IKvFormat
{
    public static bool HasScales => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load8(byte* data, nint index)
    {
        if (Avx2.IsSupported) return Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32((sbyte*)data + index));
        Vector128<short> words = Vector128.WidenLower(Vector128.CreateScalar(Unsafe.ReadUnaligned<long>(data + index)).AsSByte());
        return Vector256.ConvertToSingle(Vector256.Create(Vector128.WidenLower(words), Vector128.WidenUpper(words)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load16(byte* data, nint index) => Avx512F.IsSupported
        ? Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector128.Load((sbyte*)data + index)))
        : Vector512.Create(Load8(data, index), Load8(data, index + 8));
}
