using CsCheck;
using Trireme.Inference.Kernels;
using Trireme.Inference.Kernels.Packed;

namespace Trireme.Inference.Tests.Kernels.Packed;

public sealed class PackingTests
{
    [Theory]
    [InlineData(16, 64)]
    [InlineData(5, 96)]
    public void Repacking_keeps_every_eight_bit_number_and_scale(int rows, int columns)
    {
        byte[] source = RandomBlocks(rows * columns / 32, blockBytes: 34);
        var group = new byte[PackedLayout.GroupBytes(WeightType.Int8, columns)];
        Repack(WeightType.Int8, source, rows, columns, group);
        AssertRows(WeightType.Int8, group, rows, columns, (row, column) =>
        {
            ReadOnlySpan<byte> block = Block(source, columns, 34, row, column);
            return (float)BitConverter.ToHalf(block) * (sbyte)block[2 + (column % 32)];
        });
    }

    [Theory]
    [InlineData(16, 64)]
    [InlineData(5, 96)]
    public void Repacking_keeps_every_four_bit_number_and_scale(int rows, int columns)
    {
        byte[] source = RandomBlocks(rows * columns / 32, blockBytes: 18);
        var group = new byte[PackedLayout.GroupBytes(WeightType.Int4, columns)];
        Repack(WeightType.Int4, source, rows, columns, group);
        AssertRows(WeightType.Int4, group, rows, columns, (row, column) =>
        {
            ReadOnlySpan<byte> block = Block(source, columns, 18, row, column);
            int pair = block[2 + (column % 16)];
            return (float)BitConverter.ToHalf(block) * ((column % 32 < 16 ? pair & 15 : pair >> 4) - 8);
        });
    }

    [Fact]
    public void Eight_bits_are_within_half_a_step_of_each_weight() => Rows().Sample(values =>
    {
        float[] read = RoundTrip(WeightType.Int8, values);
        for (int first = 0; first < values.Length; first += 32)
        {
            float step = values.Skip(first).Take(32).Max(MathF.Abs) / 127;
            double tolerance = (0.5 * step * 1.0001) + 1e-30;
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
            Assert.True(found <= (plain * 1.001) + 1e-12, $"{found} is more than {plain}.");
        }
    });

    [Fact]
    public void Rows_and_columns_past_the_matrix_are_zero()
    {
        foreach (WeightType type in new[] { WeightType.Int8, WeightType.Int4 })
        {
            var group = new byte[PackedLayout.GroupBytes(type, 40)];
            Array.Fill(group, (byte)0xCC);
            Packing.Quantize(type, Enumerable.Repeat(1f, 3 * 40).ToArray(), rows: 3, columns: 40, group);
            var row = new float[64];
            Unpacking.ReadRow(type, group, 2, row);
            Assert.Equal(Enumerable.Repeat(0f, 24), row[40..]);
            Assert.All(row[..40], value => Assert.Equal(1, value, 1e-6));
            Unpacking.ReadRow(type, group, 3, row);
            Assert.All(row, value => Assert.Equal(0, value));
        }
    }

    [Fact]
    public void Tiny_and_infinite_weights_do_not_break_their_neighbours()
    {
        foreach (WeightType type in new[] { WeightType.Int8, WeightType.Int4 })
        {
            var values = new float[96];
            values[3] = 1e-42f;
            values[40] = float.PositiveInfinity;
            values[70] = 2;
            float[] read = RoundTrip(type, values);
            Assert.All(read[..32], value => Assert.Equal(0, value, 1e-30));
            Assert.Contains(read[32..64], value => !float.IsFinite(value));
            Assert.Equal(2, read[70], 1e-5);
            Assert.Equal(0, read[71]);
        }
    }

    private static Gen<float[]> Rows() => Gen.Float[-4, 4].Array[1, 100];

    private static float[] RoundTrip(WeightType type, float[] values)
    {
        var group = new byte[PackedLayout.GroupBytes(type, values.Length)];
        Packing.Quantize(type, values, rows: 1, values.Length, group);
        var read = new float[values.Length];
        Unpacking.ReadRow(type, group, 0, read);
        return read;
    }

    private static void AssertRows(WeightType type, byte[] group, int rows, int columns, Func<int, int, float> expected)
    {
        var read = new float[columns];
        for (int row = 0; row < rows; row++)
        {
            Unpacking.ReadRow(type, group, row, read);
            for (int column = 0; column < columns; column++) Assert.Equal(expected(row, column), read[column]);
        }
    }

    private static unsafe void Repack(WeightType type, byte[] source, int rows, int columns, byte[] group)
    {
        int rowBytes = source.Length / rows;
        fixed (byte* from = source)
        fixed (byte* to = group)
        {
            byte** starts = stackalloc byte*[rows];
            for (int row = 0; row < rows; row++) starts[row] = from + (row * rowBytes);
            Packing.Repack(type, starts, rows, columns, to);
        }
    }

    private static ReadOnlySpan<byte> Block(byte[] source, int columns, int blockBytes, int row, int column) =>
        source.AsSpan(((row * columns) + column) / 32 * blockBytes, blockBytes);

    private static byte[] RandomBlocks(int blocks, int blockBytes)
    {
        var random = new Random(blocks);
        var source = new byte[blocks * blockBytes];
        random.NextBytes(source);
        for (int i = 0; i < source.Length; i += blockBytes)
        {
            BitConverter.TryWriteBytes(source.AsSpan(i), (Half)(random.NextSingle() - 0.5f));
        }

        return source;
    }
}
