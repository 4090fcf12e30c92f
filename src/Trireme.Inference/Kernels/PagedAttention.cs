using System.Runtime.Intrinsics.X86;
using Trireme.Inference.Engine;

namespace Trireme.Inference.Kernels;

/// <summary>
/// Attention of consecutive tokens of one sequence, for the query heads that share one head of keys and values. The softmax runs online
/// (Milakov and Gimelshein 2018) over spans of whole blocks, so scratch does not grow with the context and a span is read once for
/// all rows of a tile. Spans start at fixed positions of the sequence and a row adds up only what it sees, from its first position to its
/// own: a result does not depend on the batch, the chunk, the tile or what was cached.
/// </summary>
internal static unsafe class PagedAttention
{
    /// <summary>Query rows of a tile, as far as one token's heads allow: their scores and a span's keys fit a first-level cache.</summary>
    private const int RowsWanted = 32;

    /// <summary>Positions of a span, as far as the block size allows: rescaling the sums once per span costs 2% of the products.</summary>
    private const int SpanWanted = 64;

    /// <summary>How many tokens a tile takes at most.</summary>
    public static int TokensPerTile(int queriesPerKey) => Math.Max(1, RowsWanted / queriesPerKey);

    /// <summary>Floats of scratch that one call needs.</summary>
    public static long ScratchFloats(int queriesPerKey, KvLayout layout)
    {
        long rows = (long)TokensPerTile(queriesPerKey) * queriesPerKey;
        return rows * (layout.HeadDimension + layout.ValueStride + SpanSize(layout.BlockSize) + 2);
    }

    /// <summary>Softmax(query * keys * scale) * values for every row of the tile.</summary>
    /// <param name="tile">At most <see cref="TokensPerTile"/> tokens.</param>
    /// <param name="rules">How the layer scores.</param>
    /// <param name="scratch">See <see cref="ScratchFloats"/>.</param>
    public static void Attend(in AttentionTile tile, in AttentionRules rules, float* scratch)
    {
        if (tile.Cache.Precision == KvPrecision.Float32)
        {
            Attend<Float32KvFormat>(tile, rules, scratch);
        }
        else
        {
            Attend<Int8KvFormat>(tile, rules, scratch);
        }
    }

    private static int SpanSize(int blockSize) => Math.Max(1, SpanWanted / blockSize) * blockSize;

    private static void Attend<TFormat>(in AttentionTile tile, in AttentionRules rules, float* scratch)
        where TFormat : IKvFormat
    {
        int span = SpanSize(tile.Cache.BlockSize);
        var rows = new AttentionRows(scratch, tile.Tokens * tile.QueriesPerKey, tile.Cache, span);
        Begin(tile, rows, rules.Scale);
        byte** values = stackalloc byte*[span / tile.Cache.BlockSize];
        int end = tile.FirstPosition + tile.Tokens;
        for (int start = rules.FirstSeen(tile.FirstPosition) / span * span; start < end; start += span)
        {
            // The first token sees least far ahead and furthest back: those that see any of the span are consecutive.
            int firstToken = Math.Max(0, start - tile.FirstPosition);
            int endToken = (int)Math.Min(tile.Tokens, (long)start + span + rules.Window - 1 - tile.FirstPosition);
            if (firstToken >= endToken) continue;
            int firstSeen = Math.Max(start, rules.FirstSeen(tile.FirstPosition + firstToken));
            int endSeen = Math.Min(start + span, tile.FirstPosition + endToken);
            Score<TFormat>(tile, rows, start, firstSeen, endSeen, firstToken, endToken, values);
            for (int token = firstToken; token < endToken; token++)
            {
                (int low, int high) = rules.Seen(tile.FirstPosition + token, start, span);
                for (int row = token * tile.QueriesPerKey; row < (token + 1) * tile.QueriesPerKey; row++)
                {
                    OnlineSoftmax.Add(rows, row, low, high, rules.LogitCap);
                }
            }

            if (TFormat.HasScales) ScaleWeights(tile, rows, start, firstSeen, endSeen, firstToken, endToken);
            Mix<TFormat>(tile, rows, rules, start, firstToken, endToken, values);
        }

        Finish(tile, rows);
    }

    /// <summary>Copies the queries, scaled, and clears the sums.</summary>
    private static void Begin(in AttentionTile tile, in AttentionRows rows, float scale)
    {
        int dimension = tile.Cache.HeadDimension;
        for (int row = 0; row < rows.Count; row++)
        {
            float* query = rows.Queries + ((long)row * dimension);
            new ReadOnlySpan<float>(tile.Queries + tile.Offset(row), dimension).CopyTo(new Span<float>(query, dimension));
            Elementwise.Scale(query, scale, dimension);
            rows.Largest[row] = float.NegativeInfinity;
            rows.Sum[row] = 0;
        }

        new Span<float>(rows.Mixed, rows.Count * rows.MixedStride).Clear();
    }

    /// <summary>Scores the blocks of a span that any row sees, and notes where their values lie.</summary>
    private static void Score<TFormat>(
        in AttentionTile tile, in AttentionRows rows, int start, int firstSeen, int endSeen, int firstToken, int endToken, byte** values)
        where TFormat : IKvFormat
    {
        int blockSize = tile.Cache.BlockSize;
        int dimension = tile.Cache.HeadDimension;
        int firstBlock = firstSeen / blockSize;
        int endBlock = (endSeen + blockSize - 1) / blockSize;
        byte** keys = stackalloc byte*[endBlock - firstBlock];
        for (int block = firstBlock; block < endBlock; block++)
        {
            keys[block - firstBlock] = tile.Cache.Keys(tile.Blocks[block], tile.KeyValueHead);
            byte* blockValues = tile.Cache.Values(tile.Blocks[block], tile.KeyValueHead);
            values[block - (start / blockSize)] = blockValues;
            Prefetch(blockValues, tile.Cache.ValueBytes);
            int ahead = block + (rows.Span / blockSize);
            if (ahead < tile.EndBlock) Prefetch(tile.Cache.Keys(tile.Blocks[ahead], tile.KeyValueHead), tile.Cache.KeyBytes);
        }

        int firstRow = firstToken * tile.QueriesPerKey;
        int count = (endToken * tile.QueriesPerKey) - firstRow;
        float* scores = rows.Scores(firstRow) + (firstBlock * blockSize) - start;
        float* queries = rows.Queries + ((long)firstRow * dimension);
        AttentionScores.Run<TFormat>(keys, endBlock - firstBlock, blockSize, dimension, queries, count, scores, rows.Span);
        if (!TFormat.HasScales) return;
        for (int block = firstBlock; block < endBlock; block++, scores += blockSize)
        {
            float* scales = tile.Cache.KeyScales(tile.Blocks[block], tile.KeyValueHead);
            for (int row = 0; row < count; row++) Elementwise.Multiply(scores + ((long)row * rows.Span), scales, blockSize);
        }
    }

    /// <summary>
    /// Brings in what is needed in a moment. Blocks lie scattered, so the processor's own prefetching starts anew with each.
    /// </summary>
    private static void Prefetch(byte* data, long bytes)
    {
        const int CacheLineBytes = 64;
        if (!Sse.IsSupported) return;
        for (long offset = 0; offset < bytes; offset += CacheLineBytes) Sse.Prefetch1(data + offset);
    }

    /// <summary>Values in eight bits want their scale in the weight; the sum of the weights is already taken.</summary>
    private static void ScaleWeights(
        in AttentionTile tile, in AttentionRows rows, int start, int firstSeen, int endSeen, int firstToken, int endToken)
    {
        int blockSize = tile.Cache.BlockSize;
        for (int block = firstSeen / blockSize; block * blockSize < endSeen; block++)
        {
            float* scales = tile.Cache.ValueScales(tile.Blocks[block], tile.KeyValueHead);
            for (int row = firstToken * tile.QueriesPerKey; row < endToken * tile.QueriesPerKey; row++)
            {
                Elementwise.Multiply(rows.Scores(row) + (block * blockSize) - start, scales, blockSize);
            }
        }
    }

    /// <summary>
    /// Adds a span's values by weight. Where all rows see the same positions they share the work; what only some see is added row by
    /// row before and after, so that each row still adds in the order of positions.
    /// </summary>
    private static void Mix<TFormat>(
        in AttentionTile tile, in AttentionRows rows, in AttentionRules rules, int start, int firstToken, int endToken, byte** values)
        where TFormat : IKvFormat
    {
        int sharedLow = rules.Seen(tile.FirstPosition + endToken - 1, start, rows.Span).Low;
        int sharedHigh = rules.Seen(tile.FirstPosition + firstToken, start, rows.Span).High;
        // With a window shorter than the tile there may be no position that all rows see.
        if (sharedLow > sharedHigh) sharedHigh = sharedLow;
        for (int token = firstToken; token < endToken; token++)
        {
            (int low, int high) = rules.Seen(tile.FirstPosition + token, start, rows.Span);
            MixRows<TFormat>(tile, rows, token, 1, low, Math.Min(sharedLow, high), values);
        }

        MixRows<TFormat>(tile, rows, firstToken, endToken - firstToken, sharedLow, sharedHigh, values);
        for (int token = firstToken; token < endToken; token++)
        {
            (int low, int high) = rules.Seen(tile.FirstPosition + token, start, rows.Span);
            MixRows<TFormat>(tile, rows, token, 1, Math.Max(sharedHigh, low), high, values);
        }
    }

    private static void MixRows<TFormat>(
        in AttentionTile tile, in AttentionRows rows, int firstToken, int tokens, int low, int high, byte** values)
        where TFormat : IKvFormat
    {
        int row = firstToken * tile.QueriesPerKey;
        AttentionSums.Run<TFormat>(
            values,
            tile.Cache.BlockSize,
            rows.MixedStride,
            low,
            high,
            rows.Scores(row),
            rows.Span,
            tokens * tile.QueriesPerKey,
            rows.Mixed + ((long)row * rows.MixedStride));
    }

    private static void Finish(in AttentionTile tile, in AttentionRows rows)
    {
        int dimension = tile.Cache.HeadDimension;
        for (int row = 0; row < rows.Count; row++)
        {
            float* mixed = rows.Mixed + ((long)row * rows.MixedStride);
            Elementwise.Scale(mixed, 1 / rows.Sum[row], rows.MixedStride);
            new ReadOnlySpan<float>(mixed, dimension).CopyTo(new Span<float>(tile.Outputs + tile.Offset(row), dimension));
        }
    }
}
