using System.Runtime.InteropServices;
using Trireme.Inference.Engine;
using Trireme.Inference.Kernels;

namespace Trireme.Inference.Tests.Kernels;

public sealed unsafe class PagedAttentionTests
{
    private const int KeyValueHeads = 2;

    private static readonly (float LogitCap, int Window)[] Rules = [(0, int.MaxValue), (1.5f, int.MaxValue), (0, 1), (0, 19), (0.7f, 150)];

    public static TheoryData<int, int, int, KvPrecision> Cases
    {
        get
        {
            var cases = new TheoryData<int, int, int, KvPrecision>();
            foreach (KvPrecision precision in Enum.GetValues<KvPrecision>())
            {
                foreach (int dimension in new[] { 2, 6, 16, 20, 64 })
                {
                    foreach (int blockSize in new[] { 8, 16, 24, 96 })
                    {
                        foreach (int queriesPerKey in new[] { 1, 3, 7 }) cases.Add(dimension, blockSize, queriesPerKey, precision);
                    }
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Attention_over_scattered_blocks_matches_double_precision(
        int dimension, int blockSize, int queriesPerKey, KvPrecision precision)
    {
        const int Positions = 200;
        using var bench = new Bench(dimension, blockSize, queriesPerKey, Positions, precision);
        // Rounding to eight bits moves a key of up to two by 1/127 at most, and so do the exact numbers this compares with.
        double tolerance = precision == KvPrecision.Float32 ? 1e-5 : 0.05;
        foreach ((float cap, int window) in Rules)
        {
            AttentionRules rules = new((float)(1 / Math.Sqrt(dimension)), cap, window);
            foreach (int position in new[] { 0, 1, 7, 16, 63, 64, 65, 150, 199 })
            {
                float[] output = bench.Attend(rules, position, 1, tile: 1);
                for (int head = 0; head < bench.Heads; head++)
                {
                    double[] expected = bench.Exact(rules, position, head);
                    for (int i = 0; i < dimension; i++) Assert.Equal(expected[i], output[(head * dimension) + i], tolerance);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_row_has_the_same_bits_in_any_tile(int dimension, int blockSize, int queriesPerKey, KvPrecision precision)
    {
        const int Positions = 200;
        using var bench = new Bench(dimension, blockSize, queriesPerKey, Positions, precision);
        foreach ((float cap, int window) in Rules)
        {
            AttentionRules rules = new((float)(1 / Math.Sqrt(dimension)), cap, window);
            uint[] alone = Bits(bench.Attend(rules, 0, Positions, tile: 1));
            foreach (int tile in new[] { 2, 3, 32 })
            {
                Assert.Equal(alone, Bits(bench.Attend(rules, 0, Positions, Math.Min(tile, PagedAttention.TokensPerTile(queriesPerKey)))));
            }

            int late = 131 * bench.Heads * dimension;
            Assert.Equal(alone[late..], Bits(bench.Attend(rules, 131, Positions - 131, PagedAttention.TokensPerTile(queriesPerKey))));
        }
    }

    [Fact]
    public void Blocks_wholly_outside_the_window_are_not_read()
    {
        using var bench = new Bench(dimension: 8, blockSize: 16, queriesPerKey: 2, positions: 120, KvPrecision.Float32);
        AttentionRules rules = new(Scale: 0.3f, LogitCap: 0, Window: 20);
        float[] expected = bench.Attend(rules, 100, 4, tile: 4);
        // Position 100 sees back to 81, which lies in the sixth block: the five before it may be gone.
        for (int i = 0; i < 5; i++) bench.Blocks[i] = int.MaxValue;
        Assert.Equal(expected, bench.Attend(rules, 100, 4, tile: 4));
    }

    private static uint[] Bits(float[] row) => MemoryMarshal.Cast<float, uint>(row).ToArray();

    /// <summary>One sequence's random queries, keys and values.</summary>
    private sealed class Bench : IDisposable
    {
        private readonly NativeBuffer _memory;
        private readonly NativeBuffer _scratch;
        private readonly KvLayer _layer;
        private readonly int _dimension;
        private readonly int _queriesPerKey;
        private readonly float[][] _queries;
        private readonly float[][] _keys;
        private readonly float[][] _values;

        public Bench(int dimension, int blockSize, int queriesPerKey, int positions, KvPrecision precision)
        {
            var random = new Random(dimension * blockSize * queriesPerKey);
            var layout = new KvLayout(blockSize, KeyValueHeads, dimension, precision);
            (_dimension, _queriesPerKey) = (dimension, queriesPerKey);
            int blockCount = ((positions + blockSize - 1) / blockSize) + 3;
            _memory = new NativeBuffer(layout.BlockBytes / sizeof(float) * blockCount);
            // Slots nobody wrote hold whatever was there before; not a number is the worst of it.
            _memory.Slice(0, (int)_memory.Length).Fill(float.NaN);
            _scratch = new NativeBuffer(PagedAttention.ScratchFloats(queriesPerKey, layout));
            _scratch.Slice(0, (int)_scratch.Length).Fill(float.NaN);
            _layer = new KvLayer((byte*)_memory.Pointer, layout);
            Blocks = [.. Enumerable.Range(0, blockCount).Reverse()];
            _queries = Vectors(random, positions * Heads, dimension);
            _keys = Vectors(random, positions * KeyValueHeads, dimension);
            _values = Vectors(random, positions * KeyValueHeads, dimension);
            for (int i = 0; i < positions * KeyValueHeads; i++)
            {
                int position = i / KeyValueHeads;
                fixed (float* key = _keys[i], value = _values[i])
                {
                    _layer.Write(Blocks[position / blockSize], position % blockSize, i % KeyValueHeads, key, value);
                }
            }
        }

        public int[] Blocks { get; }

        public int Heads => KeyValueHeads * _queriesPerKey;

        /// <summary>What consecutive tokens attend to, tile by tile: tokens x heads x dimension.</summary>
        public float[] Attend(AttentionRules rules, int first, int count, int tile)
        {
            int stride = Heads * _dimension;
            float[] queries = [.. _queries.Skip(first * Heads).Take(count * Heads).SelectMany(query => query)];
            // One float more than there is to write, to see that it is left alone.
            var outputs = new float[(count * stride) + 1];
            outputs[^1] = 42;
            fixed (float* q = queries, o = outputs)
            {
                for (int token = 0; token < count; token += tile)
                {
                    for (int head = 0; head < KeyValueHeads; head++)
                    {
                        int offset = (token * stride) + (head * _queriesPerKey * _dimension);
                        var piece = new AttentionTile
                        {
                            Cache = _layer,
                            Blocks = Blocks,
                            KeyValueHead = head,
                            Queries = q + offset,
                            Outputs = o + offset,
                            TokenStride = stride,
                            QueriesPerKey = _queriesPerKey,
                            Tokens = Math.Min(tile, count - token),
                            FirstPosition = first + token,
                        };
                        PagedAttention.Attend(piece, rules, _scratch.Pointer);
                    }
                }
            }

            Assert.Equal(42, outputs[^1]);
            return outputs[..^1];
        }

        public double[] Exact(AttentionRules rules, int position, int head)
        {
            float[] query = _queries[(position * Heads) + head];
            int shared = head / _queriesPerKey;
            var output = new double[_dimension];
            double sum = 0;
            for (int other = Math.Max(0, position - rules.Window + 1); other <= position; other++)
            {
                float[] key = _keys[(other * KeyValueHeads) + shared], value = _values[(other * KeyValueHeads) + shared];
                double score = query.Zip(key, (a, b) => (double)a * b).Sum() * rules.Scale;
                double weight = Math.Exp(rules.LogitCap > 0 ? rules.LogitCap * Math.Tanh(score / rules.LogitCap) : score);
                sum += weight;
                for (int i = 0; i < _dimension; i++) output[i] += weight * value[i];
            }

            return [.. output.Select(value => value / sum)];
        }

        public void Dispose()
        {
            _memory.Dispose();
            _scratch.Dispose();
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
}
