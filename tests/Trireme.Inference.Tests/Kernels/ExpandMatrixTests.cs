using System.Runtime.InteropServices;
using CsCheck;
using Trireme.Inference.Kernels;

namespace Trireme.Inference.Tests.Kernels;

public sealed unsafe class ExpandMatrixTests
{
    private static readonly Gen<(int Outputs, int Rank, int Tokens, int Seed)> Problems =
        Gen.Select(Gen.Int[1, 150], Gen.Int[1, 40], Gen.Int[1, 7], Gen.Int);

    [Theory]
    [InlineData("BFloat16")]
    [InlineData("Float32")]
    public void Products_are_added_with_the_bits_of_a_plain_loop(string type) =>
        Problems.Sample(
            problem =>
            {
                var random = new Random(problem.Seed);
                WeightType weightType = Enum.Parse<WeightType>(type);
                using var memory = new NativeBuffer(ExpandMatrix.Bytes(problem.Outputs, problem.Rank, weightType) / sizeof(float));
                NativeMemory.Clear(memory.Pointer, (nuint)memory.ByteLength);
                var matrix = new ExpandMatrix((byte*)memory.Pointer, problem.Outputs, problem.Rank, weightType, 0.75f);
                float[][] weights = [.. Enumerable.Range(0, problem.Outputs).Select(_ => Numbers(random, problem.Rank, weightType))];
                for (int row = 0; row < problem.Outputs; row++) matrix.SetRow(row, weights[row]);
                int stride = problem.Rank + 5;
                float[] inputs = Numbers(random, problem.Tokens * stride, WeightType.Float32);
                float[] results = Numbers(random, problem.Tokens * problem.Outputs, WeightType.Float32);
                float[] expected = [.. results];
                for (int i = 0; i < expected.Length; i++)
                {
                    (int token, int row) = Math.DivRem(i, problem.Outputs);
                    float sum = 0;
                    for (int k = 0; k < problem.Rank; k++)
                    {
                        sum = float.MultiplyAddEstimate(weights[row][k], inputs[(token * stride) + k], sum);
                    }

                    expected[i] += sum * 0.75f;
                }

                // In two parts, as two threads would.
                int half = problem.Outputs / 2 / ExpandMatrix.PanelOutputs * ExpandMatrix.PanelOutputs;
                fixed (float* x = inputs, y = results)
                {
                    matrix.AddTo(x, stride, y, problem.Tokens, 0, half);
                    matrix.AddTo(x, stride, y, problem.Tokens, half, problem.Outputs);
                }

                Assert.Equal(expected.Select(BitConverter.SingleToUInt32Bits), results.Select(BitConverter.SingleToUInt32Bits));
            },
            iter: 200);

    private static float[] Numbers(Random random, int count, WeightType type)
    {
        var numbers = new float[count];
        for (int i = 0; i < count; i++)
        {
            float value = (random.NextSingle() * 2) - 1;
            numbers[i] = type == WeightType.BFloat16
                ? BitConverter.UInt32BitsToSingle(BitConverter.SingleToUInt32Bits(value) & 0xFFFF0000)
                : value;
        }

        return numbers;
    }
}
