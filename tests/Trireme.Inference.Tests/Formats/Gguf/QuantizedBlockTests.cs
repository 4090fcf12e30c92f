using Trireme.Inference.Formats;

namespace Trireme.Inference.Tests.Formats.Gguf;

/// <summary>Blocks packed by the layouts' own words, one value at a time, and read back.</summary>
public sealed class QuantizedBlockTests
{
    [Theory]
    [InlineData(TensorType.Q8_0)]
    [InlineData(TensorType.Q4_0)]
    [InlineData(TensorType.Q4_1)]
    [InlineData(TensorType.Q5_0)]
    [InlineData(TensorType.Q5_1)]
    [InlineData(TensorType.Q4_K)]
    [InlineData(TensorType.Q5_K)]
    [InlineData(TensorType.Q6_K)]
    public void Every_value_of_a_block_is_its_number_times_its_scale(TensorType type)
    {
        var random = new Random((int)type);
        for (int round = 0; round < 50; round++)
        {
            byte[] block = new byte[type.BlockBytes()];
            var expected = new float[type.BlockElements()];
            var packer = new Packer(block, random);
            for (int i = 0; i < expected.Length; i++) expected[i] = packer.Pack(type, i);
            var values = new float[expected.Length];
            TensorRows.Convert(type, block, values);
            Assert.Equal(expected, values);
        }
    }

    [Fact]
    public void Several_blocks_are_read_one_after_the_other()
    {
        byte[] bytes = new byte[68];
        BitConverter.GetBytes((Half)2f).CopyTo(bytes, 0);
        BitConverter.GetBytes((Half)0.5f).CopyTo(bytes, 34);
        bytes[2] = 3;
        bytes[36] = 0xFE;
        var values = new float[64];
        TensorRows.Convert(TensorType.Q8_0, bytes, values);
        Assert.Equal((6f, -1f), (values[0], values[32]));
    }

    /// <summary>Draws numbers and puts their bits where the layouts say; returns the value the number stands for.</summary>
    private sealed class Packer(byte[] block, Random random)
    {
        // Scales with few bits, so that every product is exact and no order of operations matters.
        private readonly float _scale = random.Next(1, 31) / 64f;
        private readonly float _minimum = random.Next(-30, 31) / 64f;
        private readonly int[] _groupScales = [.. Enumerable.Range(0, 16).Select(_ => random.Next(64))];
        private readonly int[] _groupMinimums = [.. Enumerable.Range(0, 8).Select(_ => random.Next(64))];

        public float Pack(TensorType type, int i)
        {
            switch (type)
            {
                case TensorType.Q8_0:
                    Put(0, _scale);
                    block[2 + i] = (byte)random.Next(256);
                    return (sbyte)block[2 + i] * _scale;
                case TensorType.Q4_0:
                    Put(0, _scale);
                    return (Nibble(2, i) - 8) * _scale;
                case TensorType.Q4_1:
                    Put(0, _scale);
                    Put(2, _minimum);
                    return (Nibble(4, i) * _scale) + _minimum;
                case TensorType.Q5_0:
                    Put(0, _scale);
                    return (Nibble(6, i) + (16 * Bit(2 + (i / 8), i % 8)) - 16) * _scale;
                case TensorType.Q5_1:
                    Put(0, _scale);
                    Put(2, _minimum);
                    return ((Nibble(8, i) + (16 * Bit(4 + (i / 8), i % 8))) * _scale) + _minimum;
                case TensorType.Q4_K:
                    PutGroups();
                    return Grouped(i, GroupNibble(16, i));
                case TensorType.Q5_K:
                    PutGroups();
                    return Grouped(i, GroupNibble(48, i) + (16 * Bit(16 + (i % 32), i / 32)));
                default:
                    return PackSixBits(i);
            }
        }

        private float PackSixBits(int i)
        {
            Put(208, _scale);
            block[192 + (i / 16)] = (byte)(_groupScales[i / 16] - 32);
            // Within a half of 128: quarters 0 and 1 in the lower nibbles of bytes 0 to 63, 2 and 3 in the upper ones.
            int half = i / 128, quarter = i % 128 / 32, column = i % 32;
            int lower = random.Next(16), upper = random.Next(4);
            block[(half * 64) + (quarter % 2 * 32) + column] |= (byte)(lower << (quarter / 2 * 4));
            block[128 + (half * 32) + column] |= (byte)(upper << (quarter * 2));
            return _scale * (_groupScales[i / 16] - 32) * (lower + (16 * upper) - 32);
        }

        private float Grouped(int i, int number) =>
            (_scale * _groupScales[i / 32] * number) - (_minimum * _groupMinimums[i / 32]);

        private void PutGroups()
        {
            Put(0, _scale);
            Put(2, _minimum);
            for (int group = 0; group < 4; group++)
            {
                block[4 + group] = (byte)(_groupScales[group] | (_groupScales[group + 4] >> 4 << 6));
                block[8 + group] = (byte)(_groupMinimums[group] | (_groupMinimums[group + 4] >> 4 << 6));
                block[12 + group] = (byte)((_groupScales[group + 4] & 15) | ((_groupMinimums[group + 4] & 15) << 4));
            }
        }

        /// <summary>Values 0 to 15 in the lower halves of sixteen bytes, 16 to 31 in the upper ones.</summary>
        private int Nibble(int start, int i) => PutNibble(start + (i % 16), i / 16);

        /// <summary>Of each 64 values, the first 32 in the lower halves of 32 bytes, the others in the upper ones.</summary>
        private int GroupNibble(int start, int i) => PutNibble(start + (i / 64 * 32) + (i % 32), i / 32 % 2);

        private int PutNibble(int at, int half)
        {
            int number = random.Next(16);
            block[at] |= (byte)(number << (4 * half));
            return number;
        }

        private int Bit(int at, int bit)
        {
            int value = random.Next(2);
            block[at] |= (byte)(value << bit);
            return value;
        }

        private void Put(int at, float value) => BitConverter.GetBytes((Half)value).CopyTo(block, at);
    }
}
