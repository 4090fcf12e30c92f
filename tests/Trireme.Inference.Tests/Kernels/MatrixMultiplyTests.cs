using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Trireme.Inference.Kernels;

namespace Trireme.Inference.Tests.Kernels;

public sealed unsafe class MatrixMultiplyTests
{
    public static TheoryData<int, int, int> Shapes => new()
    {
        { 1, 1, 1 }, { 3, 7, 2 }, { 5, 8, 3 }, { 8, 16, 4 }, { 13, 17, 5 }, { 33, 40, 6 }, { 2, 129, 7 }, { 64, 344, 9 }, { 300, 512, 6 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_product_matches_double_precision(int rows, int columns, int tokens)
    {
        foreach (WeightType type in new[] { WeightType.BFloat16, WeightType.Float32 })
        {
            using var problem = new Problem(rows, columns, tokens, type);
            float[] outputs = problem.Multiply(0, tokens, 0, rows);
            for (int token = 0; token < tokens; token++)
            {
                for (int row = 0; row < rows; row++)
                {
                    Assert.Equal(problem.Exact(token, row), outputs[(token * rows) + row], 1e-4 * Math.Sqrt(columns));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_token_gets_the_same_bits_alone_and_in_any_batch(int rows, int columns, int tokens)
    {
        foreach (WeightType type in new[] { WeightType.BFloat16, WeightType.Float32 })
        {
            using var problem = new Problem(rows, columns, tokens, type);
            float[] together = problem.Multiply(0, tokens, 0, rows);
            for (int first = 0; first < tokens; first++)
            {
                for (int count = 1; count <= tokens - first; count++)
                {
                    float[] part = problem.Multiply(first, count, 0, rows);
                    Assert.Equal(Bits(together.AsSpan(first * rows, count * rows)), Bits(part));
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void A_row_gets_the_same_bits_however_the_rows_are_split(int rows, int columns, int tokens)
    {
        using var problem = new Problem(rows, columns, tokens, WeightType.BFloat16);
        float[] whole = problem.Multiply(0, tokens, 0, rows);
        for (int parts = 2; parts <= 5; parts++)
        {
            var split = new float[tokens * rows];
            for (int part = 0; part < parts; part++)
            {
                (int first, int end) = Partition.Range(rows, part, parts);
                problem.Multiply(0, tokens, first, end, split);
            }

            Assert.Equal(Bits(whole), Bits(split));
        }
    }

    [Fact]
    public void Four_sums_at_once_have_the_bits_of_single_ones()
    {
        var random = new Random(1);
        for (int i = 0; i < 1000; i++)
        {
            Vector256<float>[] lanes = new Vector256<float>[4];
            for (int j = 0; j < 4; j++)
            {
                for (int lane = 0; lane < 8; lane++)
                {
                    lanes[j] = lanes[j].WithElement(lane, (random.NextSingle() - 0.5f) * MathF.Pow(10, random.Next(8)));
                }
            }

            Vector128<float> sums = Reduction.Sum(lanes[0], lanes[1], lanes[2], lanes[3]);
            for (int j = 0; j < 4; j++) Assert.Equal(Reduction.Sum(lanes[j]), sums[j]);
        }
    }

    private static uint[] Bits(ReadOnlySpan<float> values) => MemoryMarshal.Cast<float, uint>(values).ToArray();

    private sealed class Problem : IDisposable
    {
        private readonly NativeBuffer _weights;
        private readonly NativeBuffer _inputs;
        private readonly NativeBuffer _bias;
        private readonly WeightMatrix _matrix;
        private readonly int _rows;
        private readonly int _columns;

        public Problem(int rows, int columns, int tokens, WeightType type)
        {
            var random = new Random(rows * columns);
            _rows = rows;
            _columns = columns;
            _inputs = Fill(random, tokens * columns);
            _bias = Fill(random, rows);
            _weights = Fill(random, rows * columns);
            if (type == WeightType.BFloat16)
            {
                Span<ushort> halves = MemoryMarshal.Cast<float, ushort>(_weights.Slice(0, rows * columns));
                for (int i = 0; i < rows * columns; i++)
                {
                    halves[i] = (ushort)(BitConverter.SingleToUInt32Bits((random.NextSingle() * 2) - 1) >> 16);
                }
            }

            _matrix = new WeightMatrix((byte*)_weights.Pointer, rows, columns, type);
        }

        public float[] Multiply(int firstToken, int tokens, int firstRow, int endRow)
        {
            var outputs = new float[tokens * _rows];
            Multiply(firstToken, tokens, firstRow, endRow, outputs);
            return outputs;
        }

        public void Multiply(int firstToken, int tokens, int firstRow, int endRow, float[] outputs)
        {
            fixed (float* output = outputs)
            {
                MatrixMultiply.Run(
                    _matrix, _bias.Pointer, _inputs.Pointer + (firstToken * _columns), output, _rows, tokens, firstRow, endRow);
            }
        }

        public double Exact(int token, int row)
        {
            var weights = new float[_columns];
            _matrix.CopyRow(row, weights);
            double sum = _bias.Slice(row, 1)[0];
            for (int column = 0; column < _columns; column++) sum += (double)weights[column] * _inputs.Pointer[(token * _columns) + column];
            return sum;
        }

        public void Dispose()
        {
            _weights.Dispose();
            _inputs.Dispose();
            _bias.Dispose();
        }

        private static NativeBuffer Fill(Random random, int length)
        {
            var buffer = new NativeBuffer(length);
            foreach (ref float value in buffer.Slice(0, length)) value = (random.NextSingle() * 2) - 1;
            return buffer;
        }
    }
}
