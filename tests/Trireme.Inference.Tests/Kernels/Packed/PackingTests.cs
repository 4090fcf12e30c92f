using CsCheck;
using Trireme.Inference.Kernels;
using Trireme.Inference.Kernels.Packed;

namespace Trireme.Inference.Tests.Kernels.Packed;

public sealed class PackingTests
{
    [Fact]
    public void Eight_bits_are_within_half_a_step_of_each_weight() => Rows().Sample(values =>
    {
        float[] read = RoundTrip(WeightType.Int8, values);
        for (int first = 0; first < values.Length; first += 32)
        {
            float step = values.Skip(first).Take(32).Max(MathF.Abs) / 127;
            // A scale is rounded to eleven bits, and is zero below 2^-24.
            double tolerance = (0.5 * step * (1 + Math.Pow(2, -11))) + (127 * Math.Pow(2, -24));
            for (int i = first; i < Math.Min(first + 32, values.Length); i++) Assert.Equal(values[i], read[i], tolerance);
        }
    });

    [Fact]
    public void Four_bits_are_at_least_as_near_as_the_plain_scale_would_be() => Rows().Sample(values =>
    {
        float[] read = RoundTrip(WeightType.Int4, values);
        for (int first = 0; first < values.Length; first += 32)
        {
            float[] block = [.. values.Skip(first).Take(32)];
            float scale = block.MaxBy(MathF.Abs) / -8;
            double Plain(float value) => scale == 0 ? 0 : scale * Math.Clamp(MathF.Round(value / scale), -8, 7);
            double plain = block.Sum(value => Math.Pow(value - Plain(value), 2));
            double found = block.Select((value, i) => Math.Pow(value - read[first + i], 2)).Sum();
            // What rounding the scale to half precision may add.
            double rounding = block.Sum(value => Math.Pow(value / 2048, 2));
            Assert.True(found <= (plain * 1.001) + rounding + 1e-12, $"{found} is more than {plain}.");
        }
    });

    [Fact]
    public void Rows_and_columns_past_the_matrix_are_zero()
    {
        foreach (WeightType type in new[] { WeightType.Int8, WeightType.Int4 })
        {
            using var group = new PackedGroup(type, 40);
            group.Bytes.Fill(0xCC);
            Assert.True(group.TryQuantize([.. Enumerable.Repeat(1f, 3 * 40)], rows: 3));
            float[] row = group.Row(2, columns: 64);
            Assert.Equal(Enumerable.Repeat(0f, 24), row[40..]);
            Assert.All(row[..40], value => Assert.Equal(1, value, 1e-3));
            row = group.Row(3, columns: 64);
            Assert.All(row, value => Assert.Equal(0, value));
        }
    }

    [Theory]
    [InlineData(nameof(WeightType.Int8))]
    [InlineData(nameof(WeightType.Int4))]
    public void Tiny_weights_become_zero_beside_others_and_alone(string type)
    {
        var values = new float[64];
        values[3] = 1e-42f;
        values[33] = 1e-42f;
        values[40] = 2;
        float[] read = RoundTrip(Enum.Parse<WeightType>(type), values);
        Assert.All(read[..40], value => Assert.Equal(0, value));
        Assert.Equal(2, read[40], 1e-3);
    }

    [Theory]
    [InlineData(nameof(WeightType.Int8), float.NaN)]
    [InlineData(nameof(WeightType.Int8), float.NegativeInfinity)]
    [InlineData(nameof(WeightType.Int8), 1e7f)]
    [InlineData(nameof(WeightType.Int4), float.NaN)]
    [InlineData(nameof(WeightType.Int4), float.PositiveInfinity)]
    [InlineData(nameof(WeightType.Int4), 1e6f)]
    public void Weights_that_no_half_precision_scale_holds_are_reported(string type, float weight)
    {
        using var group = new PackedGroup(Enum.Parse<WeightType>(type), 64);
        var values = new float[64];
        Assert.True(group.TryQuantize(values, rows: 1));
        values[40] = weight;
        Assert.False(group.TryQuantize(values, rows: 1));
    }

    private static Gen<float[]> Rows() => Gen.Float[-4, 4].Array[1, 100];

    private static float[] RoundTrip(WeightType type, float[] values)
    {
        using var group = new PackedGroup(type, values.Length);
        Assert.True(group.TryQuantize(values, rows: 1));
        return group.Row(0, values.Length);
    }

    /// <summary>Memory of one group.</summary>
    private sealed unsafe class PackedGroup(WeightType type, int columns) : IDisposable
    {
        private readonly NativeBuffer _memory = new(PackedLayout.GroupBytes(type, columns) / sizeof(float));

        public Span<byte> Bytes => new((byte*)_memory.Pointer, (int)_memory.ByteLength);

        public bool TryQuantize(float[] values, int rows) => Packing.TryQuantize(type, values, rows, columns, (byte*)_memory.Pointer);

        public float[] Row(int row, int columns)
        {
            var values = new float[columns];
            Unpacking.ReadRow(type, (byte*)_memory.Pointer, row, values);
            return values;
        }

        public void Dispose() => _memory.Dispose();
    }
}
