using System.Runtime.CompilerServices;

namespace Trireme.Inference.Kernels;

/// <summary>Consecutive tokens of one sequence and the query heads of each that share one head of keys and values.</summary>
internal readonly unsafe ref struct AttentionTile
{
    /// <summary>One layer's keys and values.</summary>
    public required KvLayer Cache { get; init; }

    /// <summary>The sequence's blocks, first positions first; those before the first one seen are not read.</summary>
    public required ReadOnlySpan<int> Blocks { get; init; }

    public required int KeyValueHead { get; init; }

    /// <summary>The first token's first query.</summary>
    public required float* Queries { get; init; }

    /// <summary>Where the first token's first result goes; laid out like the queries.</summary>
    public required float* Outputs { get; init; }

    /// <summary>Floats from one token's queries to the next token's.</summary>
    public required int TokenStride { get; init; }

    public required int QueriesPerKey { get; init; }

    public required int Tokens { get; init; }

    /// <summary>The first token's index in its sequence.</summary>
    public required int FirstPosition { get; init; }

    /// <summary>One past the last block that the last token sees.</summary>
    public int EndBlock => (FirstPosition + Tokens + Cache.BlockSize - 1) / Cache.BlockSize;

    /// <summary>Where a row's query and result lie: rows are tokens first, then heads.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public long Offset(int row)
    {
        (int token, int head) = Math.DivRem(row, QueriesPerKey);
        return ((long)token * TokenStride) + ((long)head * Cache.HeadDimension);
    }
}

/// <summary>How a layer scores.</summary>
/// <param name="Scale">What products of queries and keys are multiplied by.</param>
/// <param name="LogitCap">Scores become cap * tanh(score / cap); zero for no cap.</param>
/// <param name="Window">Positions a query sees, its own included; <see cref="int.MaxValue"/> for all.</param>
internal readonly record struct AttentionRules(float Scale, float LogitCap, int Window)
{
    public int FirstSeen(int position) => Math.Max(0, position - Window + 1);

    /// <summary>The part of a span that a position sees, counted from the span's start.</summary>
    public (int Low, int High) Seen(int position, int start, int span) =>
        (Math.Max(0, FirstSeen(position) - start), Math.Min(span, position + 1 - start));
}

/// <summary>What a tile's rows keep from span to span, in scratch.</summary>
internal readonly unsafe struct AttentionRows
{
    private readonly float* _scores;

    public AttentionRows(float* scratch, int count, in KvLayer cache, int span)
    {
        Count = count;
        Span = span;
        MixedStride = cache.ValueStride;
        _scores = scratch;
        Mixed = _scores + ((long)count * span);
        Queries = Mixed + ((long)count * MixedStride);
        Largest = Queries + ((long)count * cache.HeadDimension);
        Sum = Largest + count;
    }

    public int Count { get; }

    /// <summary>Positions of a span.</summary>
    public int Span { get; }

    /// <summary>Floats from one row's mixed values to the next.</summary>
    public int MixedStride { get; }

    /// <summary>Rows x value stride: values added up by weight.</summary>
    public float* Mixed { get; }

    /// <summary>Rows x head dimension: queries times the scale.</summary>
    public float* Queries { get; }

    /// <summary>Each row's largest score so far.</summary>
    public float* Largest { get; }

    /// <summary>Each row's sum of weights so far.</summary>
    public float* Sum { get; }

    /// <summary>A row's scores, then weights, of the current span.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float* Scores(int row) => _scores + ((long)row * Span);
}
