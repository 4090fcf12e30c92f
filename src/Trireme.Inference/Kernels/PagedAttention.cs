using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Trireme.Inference.Kernels;

/// <summary>
/// Attention of one query head over the blocks of one sequence, with a softmax in two passes. Each query walks all its positions
/// from the first to its own in the same order, so the result does not depend on the batch, the chunk or what was cached.
/// </summary>
internal static unsafe class PagedAttention
{
    private const int Lanes = 8;

    /// <summary>Softmax(query * keys * scale) * values, with scores capped and far positions left out where the rules say so.</summary>
    /// <param name="cache">One layer's keys and values.</param>
    /// <param name="blocks">The sequence's blocks, first positions first.</param>
    /// <param name="keyValueHead">The head whose keys and values the query shares.</param>
    /// <param name="query">Head dimension floats.</param>
    /// <param name="positions">The query's own position and all before it.</param>
    /// <param name="rules">How the layer scores.</param>
    /// <param name="scores">Scratch of <paramref name="positions"/> floats rounded up to whole blocks.</param>
    /// <param name="output">Head dimension floats.</param>
    public static void Attend(
        in KvLayer cache,
        ReadOnlySpan<int> blocks,
        int keyValueHead,
        float* query,
        int positions,
        AttentionRules rules,
        float* scores,
        float* output)
    {
        int first = Math.Max(0, positions - rules.Window);
        int firstBlock = first / cache.BlockSize;
        int blockCount = (positions + cache.BlockSize - 1) / cache.BlockSize;
        for (int i = firstBlock; i < blockCount; i++)
        {
            Score(cache, cache.Keys(blocks[i], keyValueHead), query, rules.Scale, scores + (i * cache.BlockSize));
        }

        int firstScore = firstBlock * cache.BlockSize;
        float sum = Exponentiate(
            scores + firstScore, first - firstScore, positions - firstScore, (blockCount * cache.BlockSize) - firstScore, rules.LogitCap);
        Mix(cache, blocks, keyValueHead, first, positions, scores, 1 / sum, output);
    }

    /// <summary>
    /// One block's scores. Keys lie dimension by dimension, so a lane is a position and no sum across lanes is needed; lanes of
    /// positions that are not written yet compute garbage that <see cref="Exponentiate"/> discards.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Score(in KvLayer cache, float* keys, float* query, float factor, float* scores)
    {
        int blockSize = cache.BlockSize;
        int dimension = cache.HeadDimension;
        var scale = Vector256.Create(factor);
        int slot = 0;
        for (; slot + (2 * Lanes) <= blockSize; slot += 2 * Lanes)
        {
            Vector256<float> sum0 = default, sum1 = default;
            float* key = keys + slot;
            for (int i = 0; i < dimension; i++, key += blockSize)
            {
                var q = Vector256.Create(query[i]);
                sum0 = Vector256.MultiplyAddEstimate(q, Vector256.Load(key), sum0);
                sum1 = Vector256.MultiplyAddEstimate(q, Vector256.Load(key + Lanes), sum1);
            }

            (sum0 * scale).Store(scores + slot);
            (sum1 * scale).Store(scores + slot + Lanes);
        }

        if (slot == blockSize) return;
        Vector256<float> sum = default;
        for (int i = 0; i < dimension; i++)
        {
            sum = Vector256.MultiplyAddEstimate(Vector256.Create(query[i]), Vector256.Load(keys + slot + (i * blockSize)), sum);
        }

        (sum * scale).Store(scores + slot);
    }

    /// <summary>Replaces scores by exp(score - largest score) and returns their sum; outside first to end they become zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Exponentiate(float* scores, int first, int end, int paddedPositions, float cap)
    {
        if (cap > 0)
        {
            for (int i = 0; i < paddedPositions; i += Lanes) Elementwise.SoftCap(Vector256.Load(scores + i), cap).Store(scores + i);
        }

        for (int i = 0; i < first; i++) scores[i] = float.NegativeInfinity;
        for (int i = end; i < paddedPositions; i++) scores[i] = float.NegativeInfinity;

        var largest = Vector256.Create(float.NegativeInfinity);
        for (int i = 0; i < paddedPositions; i += Lanes) largest = Vector256.MaxNative(largest, Vector256.Load(scores + i));

        var shift = Vector256.Create(Reduction.Max(largest));
        Vector256<float> sums = default;
        for (int i = 0; i < paddedPositions; i += Lanes)
        {
            Vector256<float> weight = Vector256.Exp(Vector256.Load(scores + i) - shift);
            weight.Store(scores + i);
            sums += weight;
        }

        return Reduction.Sum(sums);
    }

    /// <summary>Adds up the values by weight, 32 dimensions at a time; a short last tile computes its last vector again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Mix(
        in KvLayer cache,
        ReadOnlySpan<int> blocks,
        int keyValueHead,
        int first,
        int positions,
        float* weights,
        float normalizer,
        float* output)
    {
        int blockSize = cache.BlockSize;
        int stride = cache.ValueStride;
        int dimension = cache.HeadDimension;
        for (int d0 = 0; d0 < stride; d0 += 4 * Lanes)
        {
            int d1 = Math.Min(d0 + Lanes, stride - Lanes);
            int d2 = Math.Min(d0 + (2 * Lanes), stride - Lanes);
            int d3 = Math.Min(d0 + (3 * Lanes), stride - Lanes);
            Vector256<float> sum0 = default, sum1 = default, sum2 = default, sum3 = default;
            for (int position = first; position < positions;)
            {
                (int block, int slot) = Math.DivRem(position, blockSize);
                float* value = cache.Values(blocks[block], keyValueHead) + ((long)slot * stride);
                int end = Math.Min(position + blockSize - slot, positions);
                for (; position < end; position++, value += stride)
                {
                    var weight = Vector256.Create(weights[position]);
                    sum0 = Vector256.MultiplyAddEstimate(weight, Vector256.Load(value + d0), sum0);
                    sum1 = Vector256.MultiplyAddEstimate(weight, Vector256.Load(value + d1), sum1);
                    sum2 = Vector256.MultiplyAddEstimate(weight, Vector256.Load(value + d2), sum2);
                    sum3 = Vector256.MultiplyAddEstimate(weight, Vector256.Load(value + d3), sum3);
                }
            }

            Store(sum0 * normalizer, output, d0, dimension);
            Store(sum1 * normalizer, output, d1, dimension);
            Store(sum2 * normalizer, output, d2, dimension);
            Store(sum3 * normalizer, output, d3, dimension);
        }
    }

    /// <summary>Stores a vector without touching the next head, whose floats follow directly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<float> vector, float* output, int first, int dimension)
    {
        if (first + Lanes <= dimension)
        {
            vector.Store(output + first);
            return;
        }

        for (int i = first; i < dimension; i++) output[i] = vector.GetElement(i - first);
    }
}

/// <summary>How a layer scores.</summary>
/// <param name="Scale">What products of queries and keys are multiplied by.</param>
/// <param name="LogitCap">Scores become cap * tanh(score / cap); zero for no cap.</param>
/// <param name="Window">Positions a query sees, its own included; <see cref="int.MaxValue"/> for all.</param>
internal readonly record struct AttentionRules(float Scale, float LogitCap, int Window);
