using Trireme.Inference.Kernels;

namespace Trireme.Inference.Tests.Kernels;

public sealed unsafe class ElementwiseTests
{
    public static TheoryData<int> Lengths => [1, 2, 7, 8, 9, 16, 31, 64, 100];

    [Theory]
    [MemberData(nameof(Lengths))]
    public void A_norm_scales_by_the_root_of_the_mean_square(int length)
    {
        float[] input = Random(length, 1), weight = Random(length, 2);
        var output = new float[length];
        fixed (float* x = input, w = weight, y = output) Elementwise.RmsNorm(x, w, y, length, 1e-5f);

        double mean = input.Sum(value => (double)value * value) / length;
        for (int i = 0; i < length; i++) Assert.Equal(input[i] / Math.Sqrt(mean + 1e-5) * weight[i], output[i], 1e-5);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void A_gate_is_multiplied_by_its_sigmoid_and_the_other_branch(int length)
    {
        float[] gate = Random(length, 3), up = Random(length, 4);
        float[] result = [.. gate];
        fixed (float* g = result, u = up) Elementwise.SwiGlu(g, u, 0, length, length);

        for (int i = 0; i < length; i++) Assert.Equal(gate[i] / (1 + Math.Exp(-gate[i])) * up[i], result[i], 1e-5);
    }

    [Fact]
    public void A_gate_split_over_threads_has_the_same_bits()
    {
        const int Length = 100;
        float[] gate = Random(Length, 5), up = Random(Length, 6);
        float[] whole = [.. gate], split = [.. gate];
        fixed (float* w = whole, s = split, u = up)
        {
            Elementwise.SwiGlu(w, u, 0, Length, Length);
            for (int part = 0; part < 3; part++)
            {
                (int first, int end) = Partition.Range(Length, part, 3, granularity: 8);
                Elementwise.SwiGlu(s, u, first, end, Length);
            }
        }

        Assert.Equal(whole, split);
    }

    [Theory]
    [MemberData(nameof(Lengths))]
    public void A_head_turns_each_dimension_with_the_one_half_a_head_away(int half)
    {
        float[] angles = Random(half, 7), head = Random(2 * half, 8);
        float[] cosines = [.. angles.Select(MathF.Cos)], sines = [.. angles.Select(MathF.Sin)], turned = [.. head];
        fixed (float* h = turned, c = cosines, s = sines) Elementwise.Rotate(h, c, s, half);

        for (int i = 0; i < half; i++)
        {
            Assert.Equal((head[i] * Math.Cos(angles[i])) - (head[half + i] * Math.Sin(angles[i])), turned[i], 1e-5);
            Assert.Equal((head[half + i] * Math.Cos(angles[i])) + (head[i] * Math.Sin(angles[i])), turned[half + i], 1e-5);
        }
    }

    private static float[] Random(int length, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => (random.NextSingle() * 8) - 4)];
    }
}
