namespace Trireme.Inference.Sampling;

/// <summary>
/// The distinct tokens of a prompt and how often each was generated, kept up to date token by token. An open-addressed table over
/// dense lists, so that penalties walk the tokens seen and not the vocabulary.
/// </summary>
internal sealed class TokenCounts
{
    private int[] _slots;
    private int[] _tokens;
    private int[] _generated;
    private int _count;

    /// <param name="prompt">Counts as seen, but not as generated.</param>
    /// <param name="answerMax">The table is sized for this many further tokens from the start.</param>
    public TokenCounts(IReadOnlyList<int> prompt, int answerMax)
    {
        int capacity = Math.Max(16, prompt.Count + Math.Min(answerMax, 4096));
        _tokens = new int[capacity];
        _generated = new int[capacity];
        _slots = NewSlots(capacity);
        for (int i = 0; i < prompt.Count; i++) IndexOf(prompt[i]);
    }

    /// <summary>The distinct tokens seen.</summary>
    public ReadOnlySpan<int> Tokens => _tokens.AsSpan(0, _count);

    /// <summary>How often each of <see cref="Tokens"/> was generated.</summary>
    public ReadOnlySpan<int> Generated => _generated.AsSpan(0, _count);

    public void Add(int token) => _generated[IndexOf(token)]++;

    private int IndexOf(int token)
    {
        int mask = _slots.Length - 1;
        int slot = Hash(token) & mask;
        for (; _slots[slot] != 0; slot = (slot + 1) & mask)
        {
            if (_tokens[_slots[slot] - 1] == token) return _slots[slot] - 1;
        }

        if (_count == _tokens.Length)
        {
            Grow();
            return IndexOf(token);
        }

        _tokens[_count] = token;
        _slots[slot] = ++_count;
        return _count - 1;
    }

    private void Grow()
    {
        Array.Resize(ref _tokens, _count * 2);
        Array.Resize(ref _generated, _count * 2);
        _slots = NewSlots(_count * 2);
        for (int i = 0; i < _count; i++)
        {
            int slot = Hash(_tokens[i]) & (_slots.Length - 1);
            while (_slots[slot] != 0) slot = (slot + 1) & (_slots.Length - 1);
            _slots[slot] = i + 1;
        }
    }

    /// <summary>At most half full, a power of two; a slot holds an index plus one, or 0.</summary>
    private static int[] NewSlots(int capacity) => new int[System.Numerics.BitOperations.RoundUpToPowerOf2((uint)capacity * 2)];

    /// <summary>Knuth's multiplicative hash: neighbouring ids go far apart.</summary>
    private static int Hash(int token) => (int)(((uint)token * 2654435769u) >> 8);
}
