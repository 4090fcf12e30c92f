using System.Runtime.InteropServices;
using Trireme.Inference.Formats;
using Trireme.Inference.Kernels;
using Trireme.Inference.Models;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Models;

public sealed unsafe class MatrixPackerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<TensorType> Quantized =>
        [.. Enum.GetValues<TensorType>().Where(type => type.BlockElements() > 1)];

    [Theory]
    [MemberData(nameof(Quantized))]
    public void A_packed_matrix_holds_what_the_file_says(TensorType type)
    {
        const int Columns = 512;
        foreach (int rows in new[] { 16, 21 })
        {
            byte[] bytes = RandomBlocks(type, rows * Columns / type.BlockElements());
            using MappedFile file = Map(bytes);
            var tensor = new ModelTensor(file, "w", type, [rows, Columns], 0, bytes.Length);
            var expected = new float[rows * Columns];
            TensorRows.Read(tensor, 0, expected);
            WeightType packed = MatrixPacker.TypeFor(type);
            using var memory = new NativeBuffer(new WeightMatrix(null, rows, Columns, packed).ByteLength / sizeof(float));
            Assert.True(MatrixPacker.TryPack(tensor, 0, rows, packed, (byte*)memory.Pointer, threads: 2));
            var matrix = new WeightMatrix((byte*)memory.Pointer, rows, Columns, packed);
            for (int row = 0; row < rows; row++)
            {
                var values = new float[Columns];
                matrix.CopyRow(row, values);
                AssertSame(type, expected.AsSpan(row * Columns, Columns), values);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Quantized))]
    public void A_scale_that_is_not_finite_is_reported(TensorType type)
    {
        byte[] bytes = RandomBlocks(type, 1024 / type.BlockElements());
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length - type.BlockBytes() + ScaleOffset(type)), Half.PositiveInfinity);
        using MappedFile file = Map(bytes);
        var tensor = new ModelTensor(file, "w", type, [2, 512], 0, bytes.Length);
        WeightType packed = MatrixPacker.TypeFor(type);
        using var memory = new NativeBuffer(new WeightMatrix(null, 2, 512, packed).ByteLength / sizeof(float));
        Assert.False(MatrixPacker.TryPack(tensor, 0, 2, packed, (byte*)memory.Pointer, threads: 1));
    }

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// Where the file's numbers become a packed type's as they are, weights are equal. Factors of K types are products, which half
    /// precision rounds, and Q5_0's offset is a minimum, which single precision subtracts after rounding.
    /// </summary>
    private static void AssertSame(TensorType type, ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        double unit = type switch
        {
            TensorType.Q4_K or TensorType.Q5_K or TensorType.Q6_K => Math.Pow(2, -11),
            TensorType.Q5_0 => Math.Pow(2, -22),
            _ => 0,
        };
        float largest = 0;
        foreach (float value in expected) largest = MathF.Max(largest, MathF.Abs(value));
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 2 * largest * unit);
    }

    private static int ScaleOffset(TensorType type) => type == TensorType.Q6_K ? 208 : 0;

    private static byte[] RandomBlocks(TensorType type, int blocks)
    {
        var random = new Random((int)type);
        var bytes = new byte[blocks * type.BlockBytes()];
        random.NextBytes(bytes);
        for (int block = 0; block < bytes.Length; block += type.BlockBytes())
        {
            Span<Half> factors = MemoryMarshal.Cast<byte, Half>(bytes.AsSpan(block + ScaleOffset(type)));
            factors[0] = (Half)(random.NextSingle() - 0.5f);
            if (type is TensorType.Q4_1 or TensorType.Q5_1 or TensorType.Q4_K or TensorType.Q5_K)
            {
                factors[1] = (Half)(random.NextSingle() - 0.5f);
            }
        }

        return bytes;
    }

    private MappedFile Map(byte[] bytes)
    {
        string path = Path.Combine(_folder.Path, Guid.NewGuid().ToString());
        File.WriteAllBytes(path, bytes);
        return MappedFile.Open(path, 1);
    }
}
