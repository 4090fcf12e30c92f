using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Trireme.Inference.Kernels.Packed;

namespace Trireme.Inference.Formats;

/// <summary>Stores single-precision numbers as a tensor type; the way back is <see cref="TensorRows.Convert"/>.</summary>
internal static unsafe class TensorEncoder
{
    /// <summary>The types that can be written.</summary>
    public static IReadOnlyList<TensorType> Types { get; } =
        [TensorType.F32, TensorType.F16, TensorType.BF16, TensorType.Q8_0, TensorType.Q4_0];

    /// <summary>Stores whole blocks.</summary>
    /// <param name="type">One of <see cref="Types"/>.</param>
    /// <param name="values">A multiple of the type's block size.</param>
    /// <param name="destination">Takes as many bytes as the blocks have.</param>
    /// <returns>Whether the type can hold the values: a scale or a number beyond half precision cannot be stored.</returns>
    public static bool TryEncode(TensorType type, ReadOnlySpan<float> values, Span<byte> destination)
    {
        switch (type)
        {
            case TensorType.F32:
                MemoryMarshal.AsBytes(values).CopyTo(destination);
                return true;
            case TensorType.F16:
                return TryNarrow(values, MemoryMarshal.Cast<byte, Half>(destination));
            case TensorType.BF16:
                RoundToBFloat16(values, MemoryMarshal.Cast<byte, ushort>(destination));
                return true;
            case TensorType.Q8_0:
                return TryQuantize8(values, destination);
            case TensorType.Q4_0:
                return TryQuantize4(values, destination);
            default:
                throw new ArgumentOutOfRangeException(nameof(type), type, "Not a type that can be written.");
        }
    }

    /// <summary>Keeps the upper half of each float, rounded to the nearest, halves to even; NaN stays NaN.</summary>
    public static void RoundToBFloat16(ReadOnlySpan<float> values, Span<ushort> destination)
    {
        ReadOnlySpan<uint> bits = MemoryMarshal.Cast<float, uint>(values);
        for (int i = 0; i < bits.Length; i++)
        {
            uint rounded = (bits[i] + 0x7FFF + ((bits[i] >> 16) & 1)) >> 16;
            destination[i] = (ushort)(float.IsNaN(values[i]) ? (bits[i] >> 16) | 0x40 : rounded);
        }
    }

    private static bool TryNarrow(ReadOnlySpan<float> values, Span<Half> destination)
    {
        bool fits = true;
        for (int i = 0; i < values.Length; i++)
        {
            destination[i] = (Half)values[i];
            fits &= Half.IsFinite(destination[i]) || !float.IsFinite(values[i]);
        }

        return fits;
    }

    private static bool TryQuantize8(ReadOnlySpan<float> values, Span<byte> destination)
    {
        const int BlockBytes = sizeof(ushort) + PackedLayout.BlockColumns;
        bool fits = true;
        fixed (float* from = values)
        fixed (byte* to = destination)
        {
            for (int block = 0; block < values.Length / PackedLayout.BlockColumns; block++)
            {
                byte* written = to + (block * BlockBytes);
                var numbers = (sbyte*)(written + sizeof(ushort));
                float* group = from + (block * PackedLayout.BlockColumns);
                var scale = (Half)BlockQuantizer.Int8Scale(group);
                BlockQuantizer.ToInt8(group, (float)scale, numbers);
                fits &= TryWriteScale(scale, new Span<byte>(written, sizeof(ushort)));
            }
        }

        return fits;
    }

    private static bool TryQuantize4(ReadOnlySpan<float> values, Span<byte> destination)
    {
        const int HalfColumns = PackedLayout.BlockColumns / 2;
        Span<byte> numbers = stackalloc byte[PackedLayout.BlockColumns];
        bool fits = true;
        while (!values.IsEmpty)
        {
            var scale = (Half)BlockQuantizer.ToInt4(values[..PackedLayout.BlockColumns], numbers);
            fits &= TryWriteScale(scale, destination);
            destination = destination[sizeof(ushort)..];
            for (int i = 0; i < HalfColumns; i++) destination[i] = (byte)(numbers[i] | (numbers[HalfColumns + i] << 4));
            destination = destination[HalfColumns..];
            values = values[PackedLayout.BlockColumns..];
        }

        return fits;
    }

    private static bool TryWriteScale(Half scale, Span<byte> destination)
    {
        BinaryPrimitives.WriteHalfLittleEndian(destination, scale);
        return Half.IsFinite(scale);
    }
}
