using Trireme.Inference.Kernels;

namespace Trireme.Inference.Tests.Kernels;

public sealed unsafe class PagedAttentionTests
{
    private const int Heads = 2;

    public static TheoryData<int, int, int> Cases
    {
        get
        {
            var cases = new TheoryData<int, int, int>();
            foreach (int dimension in new[] { 2, 6, 8, 16, 20, 64 })
            {
                foreach (int blockSize in new[] { 8, 16, 24 })
                {
                    foreach (int positions in new[] { 1, 7, 16, 17, 50 }) cases.Add(dimension, blockSize, positions);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Attention_over_scattered_blocks_matches_double_precision(int dimension, int blockSize, int positions)
    {
        var random = new Random(dimension * blockSize * positions);
        int blockCount = ((positions + blockSize - 1) / blockSize) + 3;
        using var memory = new NativeBuffer(KvLayer.FloatsPerBlock(blockSize, Heads, dimension) * blockCount);
        // Slots nobody wrote hold whatever was there before; not a number is the worst of it.
        memory.Slice(0, (int)memory.Length).Fill(float.NaN);
        var layer = new KvLayer(memory.Pointer, blockSize, Heads, dimension);
        int[] blocks = [.. Enumerable.Range(0, blockCount).Reverse()];
        float[][] keys = Vectors(random, positions * Heads, dimension), values = Vectors(random, positions * Heads, dimension);
        for (int i = 0; i < positions * Heads; i++)
        {
            int position = i / Heads;
            fixed (float* key = keys[i], value = values[i])
            {
                layer.Write(blocks[position / blockSize], position % blockSize, i % Heads, key, value);
            }
        }

        float[] query = Vectors(random, 1, dimension)[0];
        var rules = new AttentionRules((float)(1 / Math.Sqrt(dimension)), LogitCap: 0, Window: int.MaxValue);
        for (int head = 0; head < Heads; head++)
        {
            // One float more than the head, to see that the next head's is left alone.
            var output = new float[dimension + 1];
            output[dimension] = 42;
            var scores = new float[blockCount * blockSize];
            fixed (float* q = query, s = scores, o = output) PagedAttention.Attend(layer, blocks, head, q, positions, rules, s, o);

            double[] expected = Exact(query, keys, values, head, positions);
            for (int i = 0; i < dimension; i++) Assert.Equal(expected[i], output[i], 1e-5);
            Assert.Equal(42, output[dimension]);
        }
    }

    private static double[] Exact(float[] query, float[][] keys, float[][] values, int head, int positions)
    {
        var weights = new double[positions];
        for (int position = 0; position < positions; position++)
        {
            float[] key = keys[(position * Heads) + head];
            weights[position] = Math.Exp(query.Zip(key, (a, b) => (double)a * b).Sum() / Math.Sqrt(query.Length));
        }

        double sum = weights.Sum();
        var output = new double[query.Length];
        for (int i = 0; i < output.Length; i++)
        {
            for (int position = 0; position < positions; position++)
            {
                output[i] += weights[position] / sum * values[(position * Heads) + head][i];
            }
        }

        return output;
    }

    private static float[][] Vectors(Random random, int count, int dimension)
    {
        var vectors = new float[count][];
        for (int i = 0; i < count; i++)
        {
            vectors[i] = new float[dimension];
            for (int j = 0; j < dimension; j++) vectors[i][j] = (random.NextSingle() * 4) - 2;
        }

        return vectors;
    }
}
