using CsCheck;
using Trireme.Inference.Formats;

namespace Trireme.Inference.Tests.Formats.Gguf.Writing;

public sealed class TensorEncoderTests
{
    private static readonly Gen<float[]> Blocks =
        Gen.Select(Gen.Double[-4, 3], Gen.Float[-1, 1].Array[32, 32]).Select((power, values) => Scaled(values, Math.Pow(10, power)))
            .Array[1, 4].Select(blocks => blocks.SelectMany(block => block).ToArray());

    /// <summary>The type and the largest error as a share of a block's largest value.</summary>
    public static TheoryData<TensorType, float> Errors => new()
    {
        { TensorType.F32, 0 },
        { TensorType.F16, 1f / 2048 },
        { TensorType.BF16, 1f / 256 },
        // Half a step of 127, and the scale's own rounding to half precision.
        { TensorType.Q8_0, (0.5f / 127) + (1f / 2048) },
        // The side without the largest value ends at 7 of 8 steps; refitting the scale may move every number by as much again.
        { TensorType.Q4_0, 2f / 8 },
    };

    [Theory]
    [MemberData(nameof(Errors))]
    public void Stored_numbers_come_back_within_the_types_rounding(TensorType type, float error) => Blocks.Sample(values =>
    {
        var bytes = new byte[values.Length / type.BlockElements() * type.BlockBytes()];
        Assert.True(TensorEncoder.TryEncode(type, values, bytes));
        var back = new float[values.Length];
        TensorRows.Convert(type, bytes, back);
        for (int first = 0; first < values.Length; first += 32)
        {
            float largest = values.Skip(first).Take(32).Max(MathF.Abs);
            // Half precision has no numbers between 0 and 2^-24.
            float tolerance = (largest * error) + (type is TensorType.F32 or TensorType.BF16 ? 0 : 1e-5f);
            for (int i = first; i < first + 32; i++) Assert.Equal(values[i], back[i], tolerance);
        }
    });

    [Theory]
    [MemberData(nameof(Errors))]
    public void What_a_type_holds_exactly_is_stored_unchanged(TensorType type, float error)
    {
        Assert.InRange(error, 0, 1);
        // The largest is 127 or -8 steps of a scale that half precision holds.
        float[] values = [.. Enumerable.Range(0, 32).Select(i => type == TensorType.Q8_0 ? 127 - (8 * i) : (i % 16) - 8f)];
        var bytes = new byte[values.Length / type.BlockElements() * type.BlockBytes()];
        Assert.True(TensorEncoder.TryEncode(type, values, bytes));
        var back = new float[values.Length];
        TensorRows.Convert(type, bytes, back);
        Assert.Equal(values, back);
    }

    [Theory]
    [InlineData(TensorType.F16, 70_000)]
    [InlineData(TensorType.Q8_0, 9e6)]
    [InlineData(TensorType.Q4_0, 1e6)]
    public void Numbers_beyond_half_precision_are_told(TensorType type, float value)
    {
        var bytes = new byte[32 / type.BlockElements() * type.BlockBytes()];
        Assert.False(TensorEncoder.TryEncode(type, [.. Enumerable.Repeat(value, 32)], bytes));
    }

    private static float[] Scaled(float[] values, double scale) => Array.ConvertAll(values, value => (float)(value * scale));
}
