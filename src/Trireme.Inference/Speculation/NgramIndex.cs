using System.Numerics;

namespace Trireme.Inference.Speculation;

/// <summary>
/// Finds where the last few tokens of one sequence occurred before, by a table per length that is kept up to date token by token: each
/// holds the latest place of every run of that many tokens. Reading a token costs a lookup in each table, however long the sequence.
/// </summary>
internal sealed class NgramIndex
{
    private readonly int _least;
    private readonly int _most;
    private readonly int[][] _tables;
    private int _count;
    private int _match;

    /// <param name="least">Fewest tokens that count as a match; at least 1.</param>
    /// <param name="most">Most tokens that are compared.</param>
    /// <param name="capacity">Tokens for which the tables are sized from the start.</param>
    public NgramIndex(int least, int most, int capacity)
    {
        _least = least;
        _most = most;
        _tables = new int[most - least + 1][];
        for (int i = 0; i < _tables.Length; i++) _tables[i] = NewTable(capacity);
    }

    /// <summary>How many of the last tokens occurred before, as far as they are compared; 0 for fewer than the least.</summary>
    public int MatchLength { get; private set; }

    /// <summary>Reads the tokens that are new since the last call. The earlier ones must be the same.</summary>
    public void Read(ReadOnlySpan<int> tokens)
    {
        if (tokens.Length * 2 > _tables[0].Length) Grow(tokens);
        while (_count < tokens.Length)
        {
            _count++;
            MatchLength = 0;
            uint hash = 0;
            for (int length = 1; length <= _most && length <= _count; length++)
            {
                hash = Mix(hash, tokens[_count - length]);
                if (length < _least) continue;
                ref int place = ref Find(_tables[length - _least], hash, tokens, _count, length);
                if (place != 0)
                {
                    _match = place;
                    MatchLength = length;
                }

                place = _count;
            }
        }
    }

    /// <summary>
    /// Writes what followed the latest match of the most tokens. Where it reaches the end of the sequence it goes on with what it has
    /// just written, as a repetition would. Returns how many tokens it wrote: all or, without a match, none.
    /// </summary>
    public int Continue(ReadOnlySpan<int> tokens, Span<int> draft)
    {
        if (MatchLength == 0) return 0;
        for (int i = 0; i < draft.Length; i++)
        {
            int from = _match + i;
            draft[i] = from < _count ? tokens[from] : draft[from - _count];
        }

        return draft.Length;
    }

    /// <summary>The slot of the run of tokens that ends before <paramref name="end"/>; 0 in it when the run is new.</summary>
    private static ref int Find(int[] table, uint hash, ReadOnlySpan<int> tokens, int end, int length)
    {
        ReadOnlySpan<int> wanted = tokens.Slice(end - length, length);
        int mask = table.Length - 1;
        int slot = (int)hash & mask;
        while (table[slot] != 0 && !tokens.Slice(table[slot] - length, length).SequenceEqual(wanted)) slot = (slot + 1) & mask;
        return ref table[slot];
    }

    private void Grow(ReadOnlySpan<int> tokens)
    {
        for (int i = 0; i < _tables.Length; i++)
        {
            int length = _least + i;
            int[] old = _tables[i];
            _tables[i] = NewTable(tokens.Length * 2);
            foreach (int end in old)
            {
                if (end == 0) continue;
                uint hash = 0;
                for (int back = 1; back <= length; back++) hash = Mix(hash, tokens[end - back]);
                Find(_tables[i], hash, tokens, end, length) = end;
            }
        }
    }

    /// <summary>At most half full, a power of two; a slot holds where a run ends, or 0.</summary>
    private static int[] NewTable(int capacity) => new int[BitOperations.RoundUpToPowerOf2((uint)Math.Max(capacity, 8) * 2)];

    /// <summary>A round of the mixing step of Austin Appleby's MurmurHash3.</summary>
    private static uint Mix(uint hash, int token)
    {
        hash = (hash ^ (uint)token) * 0x85EBCA6B;
        return (hash ^ (hash >> 13)) * 0xC2B2AE35;
    }
}
