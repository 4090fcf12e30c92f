using System.Collections.Concurrent;

namespace Trireme.Inference.Tokenizers;

/// <summary>
/// Remembers the tokens of recent short words. Two generations bound it: when the young one is full it becomes the old one, and a
/// word found there is young again, so frequent words stay.
/// </summary>
internal sealed class WordCache
{
    public const int WordLengthMax = 48;

    private const int GenerationSize = 8192;

    private volatile Generations _generations = new(New(), New());

    public bool TryGet(ReadOnlySpan<char> word, out int[] tokens)
    {
        Generations generations = _generations;
        if (generations.Young.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word, out tokens!)) return true;
        if (!generations.Old.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word, out tokens!)) return false;
        Add(word, tokens);
        return true;
    }

    public void Add(ReadOnlySpan<char> word, int[] tokens)
    {
        Generations generations = _generations;
        // Threads that race here lose at most a generation of cached words.
        if (generations.IsFull()) _generations = generations = new Generations(New(), generations.Young);
        generations.Add(word.ToString(), tokens);
    }

    private static ConcurrentDictionary<string, int[]> New() => new(StringComparer.Ordinal);

    private sealed class Generations(ConcurrentDictionary<string, int[]> young, ConcurrentDictionary<string, int[]> old)
    {
        private int _added;

        public ConcurrentDictionary<string, int[]> Young => young;

        public ConcurrentDictionary<string, int[]> Old => old;

        public bool IsFull() => Volatile.Read(ref _added) >= GenerationSize;

        public void Add(string word, int[] tokens)
        {
            if (young.TryAdd(word, tokens)) Interlocked.Increment(ref _added);
        }
    }
}
