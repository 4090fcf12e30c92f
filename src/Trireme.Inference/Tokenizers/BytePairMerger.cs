using System.Buffers;

namespace Trireme.Inference.Tokenizers;

/// <summary>
/// Merges a word's symbols into tokens: always the pair of lowest rank, the leftmost among equals, until no adjacent pair merges.
/// </summary>
internal sealed class BytePairMerger(MergeTable merges)
{
    // Up to here a linear search for the lowest rank beats a heap's bookkeeping.
    private const int LinearLengthMax = 64;
    private const int NoRank = int.MaxValue;

    /// <param name="symbols">The tokens of the word's symbols; overwritten.</param>
    /// <param name="output">Takes the tokens of the word.</param>
    public void Merge(Span<int> symbols, List<int> output)
    {
        if (symbols.Length <= LinearLengthMax) MergeShort(symbols, output);
        else MergeLong(symbols, output);
    }

    private void MergeShort(Span<int> tokens, List<int> output)
    {
        // pairs[i] is the merge of tokens i and i + 1.
        Span<Merge> pairs = stackalloc Merge[LinearLengthMax];
        int count = tokens.Length;
        for (int i = 0; i + 1 < count; i++) pairs[i] = Find(tokens[i], tokens[i + 1]);
        while (true)
        {
            int best = -1;
            int bestRank = NoRank;
            for (int i = 0; i + 1 < count; i++)
            {
                if (pairs[i].Rank >= bestRank) continue;
                best = i;
                bestRank = pairs[i].Rank;
            }

            if (best < 0) break;
            tokens[best] = pairs[best].Token;
            tokens[(best + 2)..count].CopyTo(tokens[(best + 1)..]);
            pairs[(best + 2)..count].CopyTo(pairs[(best + 1)..]);
            count--;
            if (best > 0) pairs[best - 1] = Find(tokens[best - 1], tokens[best]);
            if (best + 1 < count) pairs[best] = Find(tokens[best], tokens[best + 1]);
        }

        output.AddRange(tokens[..count]);
    }

    private Merge Find(int left, int right) => merges.TryGet(left, right, out Merge merge) ? merge : new Merge(NoRank, 0);

    private void MergeLong(ReadOnlySpan<int> tokens, List<int> output)
    {
        Symbol[] symbols = ArrayPool<Symbol>.Shared.Rent(tokens.Length);
        try
        {
            var queue = new PriorityQueue<Candidate, (int Rank, int Position)>(tokens.Length);
            for (int i = 0; i < tokens.Length; i++) symbols[i] = new Symbol(tokens[i], i - 1, i + 1 < tokens.Length ? i + 1 : -1);
            for (int i = 0; i + 1 < tokens.Length; i++) Enqueue(queue, symbols, i);
            while (queue.TryDequeue(out Candidate candidate, out (int Rank, int Position) key))
            {
                Apply(queue, symbols, key.Position, candidate);
            }

            for (int i = 0; i >= 0; i = symbols[i].Next) output.Add(symbols[i].Token);
        }
        finally
        {
            ArrayPool<Symbol>.Shared.Return(symbols);
        }
    }

    private void Apply(PriorityQueue<Candidate, (int, int)> queue, Symbol[] symbols, int position, Candidate candidate)
    {
        ref Symbol left = ref symbols[position];
        // A candidate is stale once either side has merged with another neighbour; a token merged away is negative.
        if (left.Token != candidate.Left || left.Next < 0) return;
        ref Symbol right = ref symbols[left.Next];
        if (right.Token != candidate.Right) return;

        left.Token = candidate.Merged;
        left.Next = right.Next;
        right.Token = -1;
        if (left.Next >= 0)
        {
            symbols[left.Next].Previous = position;
            Enqueue(queue, symbols, position);
        }

        if (left.Previous >= 0) Enqueue(queue, symbols, left.Previous);
    }

    private void Enqueue(PriorityQueue<Candidate, (int, int)> queue, Symbol[] symbols, int position)
    {
        int left = symbols[position].Token;
        int right = symbols[symbols[position].Next].Token;
        if (merges.TryGet(left, right, out Merge merge)) queue.Enqueue(new Candidate(left, right, merge.Token), (merge.Rank, position));
    }

    private record struct Symbol(int Token, int Previous, int Next);

    private readonly record struct Candidate(int Left, int Right, int Merged);
}
