using Trireme.Inference.Kernels;
using Trireme.Inference.Kernels.Packed;

namespace Trireme.Inference.Tests.Kernels.Packed;

public sealed unsafe class PackedMultiplyTests
{
    /// <summary>Rows, columns and tokens: whole groups and blocks, and such as leave parts of both.</summary>
    private static readonly (int Rows, int Columns, int Tokens)[] Shapes =
    [
        (1, 1, 1), (3, 7, 2), (16, 32, 4), (17, 33, 5), (13, 65, 3), (48, 96, 6), (33, 160, 9), (300, 512, 7), (64, 344, 11),
    ];

    [Fact]
    public void Products_match_double_precision()
    {
        foreach (PackedProblem problem in Problems())
        {
            using (problem)
            {
                float[] outputs = problem.Multiply(KernelChoice.Best.For(problem.Type));
                for (int i = 0; i < outputs.Length; i++)
                {
                    (double sum, double magnitude) = problem.Exact(i / problem.Rows, i % problem.Rows);
                    Assert.Equal(sum, outputs[i], 1e-6 * magnitude);
                }
            }
        }
    }

    [Theory]
    [InlineData(KernelPath.Avx2)]
    [InlineData(KernelPath.Avx512)]
    [InlineData(KernelPath.AvxVnni)]
    public void A_path_computes_the_bits_of_the_scalar_one(KernelPath path)
    {
        if (!path.IsSupported()) Assert.Skip($"This processor lacks {path.Name()}.");
        foreach (PackedProblem problem in Problems())
        {
            using (problem)
            {
                Assert.Equal(PackedProblem.Bits(problem.Multiply(KernelPath.Scalar)), PackedProblem.Bits(problem.Multiply(path)));
            }
        }
    }

    [Theory]
    [InlineData(KernelPath.Scalar)]
    [InlineData(KernelPath.Avx2)]
    [InlineData(KernelPath.Avx512)]
    [InlineData(KernelPath.AvxVnni)]
    public void A_token_gets_the_same_bits_alone_and_in_any_batch(KernelPath path)
    {
        if (!path.IsSupported()) Assert.Skip($"This processor lacks {path.Name()}.");
        foreach (PackedProblem problem in Problems())
        {
            using (problem)
            {
                float[] together = problem.Multiply(path);
                for (int first = 0; first < problem.Tokens; first++)
                {
                    for (int count = 1; count <= problem.Tokens - first; count++)
                    {
                        float[] part = problem.Multiply(path, first, count);
                        Span<float> expected = together.AsSpan(first * problem.Rows, count * problem.Rows);
                        Assert.Equal(PackedProblem.Bits(expected), PackedProblem.Bits(part));
                    }
                }
            }
        }
    }

    [Fact]
    public void A_row_gets_the_same_bits_however_the_rows_are_split()
    {
        foreach (PackedProblem problem in Problems())
        {
            using (problem)
            {
                KernelPath path = KernelChoice.Best.For(problem.Type);
                uint[] whole = PackedProblem.Bits(problem.Multiply(path));
                for (int parts = 2; parts <= 5; parts++)
                {
                    var split = new float[problem.Tokens * problem.Rows];
                    for (int part = 0; part < parts; part++)
                    {
                        (int first, int end) = Partition.Range(problem.Rows, part, parts, PackedLayout.GroupRows);
                        problem.Multiply(path, 0, problem.Tokens, first, end, split);
                    }

                    Assert.Equal(whole, PackedProblem.Bits(split));
                }
            }
        }
    }

    [Fact]
    public void What_lies_past_the_last_token_changes_nothing()
    {
        using var problem = new PackedProblem(32, 64, 6, WeightType.Int6);
        KernelPath path = KernelChoice.Best.For(problem.Type);
        uint[] before = PackedProblem.Bits(problem.Multiply(path));
        QuantizedRows spare = problem.Inputs.Quantized(6);
        new Span<byte>(spare.Values, spare.Stride).Fill(0x7F);
        new Span<float>(spare.Scales, spare.Blocks).Fill(float.NaN);
        new Span<int>(spare.Sums, spare.Blocks).Fill(int.MaxValue);
        new Span<int>(spare.HalfSums, spare.Blocks).Fill(int.MaxValue);
        Assert.Equal(before, PackedProblem.Bits(problem.Multiply(path)));
    }

    [Fact]
    public void Rows_that_split_a_group_are_refused()
    {
        using var problem = new PackedProblem(48, 32, 1, WeightType.Int4);
        var outputs = new float[48];
        Assert.Throws<ArgumentException>(() => problem.Multiply(KernelPath.Scalar, 0, 1, 8, 48, outputs));
        Assert.Throws<ArgumentException>(() => problem.Multiply(KernelPath.Scalar, 0, 1, 16, 40, outputs));
    }

    [Fact]
    public void An_input_that_is_not_finite_makes_its_own_token_not_finite_and_no_other()
    {
        using var problem = new PackedProblem(16, 64, 4, WeightType.Int8);
        problem.Inputs.Row(2)[5] = float.NaN;
        problem.Inputs.Encode(2);
        float[] outputs = problem.Multiply(KernelChoice.Best.Int8);
        for (int i = 0; i < outputs.Length; i++) Assert.Equal(i / 16 != 2, float.IsFinite(outputs[i]));
    }

    [Fact]
    public void A_product_allocates_nothing()
    {
        float* outputs = stackalloc float[7 * 64];
        foreach (WeightType type in PackedProblem.Types)
        {
            using var problem = new PackedProblem(64, 128, 7, type);
            WeightMatrix matrix = problem.Matrix(KernelChoice.Best.For(type));
            for (int pass = 0; pass < 2; pass++)
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                for (int i = 0; i < 20; i++)
                {
                    for (int token = 0; token < 7; token++) problem.Inputs.Encode(token);
                    PackedMultiply.Run(matrix, null, problem.Inputs.Quantized(0), outputs, 64, 7, 0, 64);
                }

                long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
                if (pass == 1) Assert.Equal(0, allocated);
            }
        }
    }

    private static IEnumerable<PackedProblem> Problems() =>
        from shape in Shapes
        from type in PackedProblem.Types
        from extreme in new[] { false, true }
        select new PackedProblem(shape.Rows, shape.Columns, shape.Tokens, type, extreme);
}
