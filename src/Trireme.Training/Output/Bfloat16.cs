namespace Trireme.Training.Output;

/// <summary>The upper half of a float32: its range with 8 bits of precision.</summary>
internal static class Bfloat16
{
    /// <summary>Nearest value, ties to even. Weights are finite, so NaN needs no care.</summary>
    public static ushort FromSingle(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }

    public static float ToSingle(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    public static float Round(float value) => ToSingle(FromSingle(value));
}
