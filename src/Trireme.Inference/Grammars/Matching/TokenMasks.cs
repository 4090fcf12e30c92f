namespace Trireme.Inference.Grammars.Matching;

/// <summary>Says which tokens may follow a state, by walking the tree of all tokens and the machine together. Not thread-safe.</summary>
internal sealed class TokenMasks(MatchMachine machine, TokenTrie trie)
{
    /// <summary>Masks cached at once, before all are dropped and made again when needed.</summary>
    private const long CachedBytesMax = 8 << 20;

    /// <summary>
    /// States one walk may meet, and the ways of reading that they hold together. A grammar that needs more for the tokens of one step
    /// is so ambiguous that the walk would hold up the whole batch. Of the tokens behind that place only those of one byte are looked
    /// at, so that every text can still be written. What is met counts whether it was made before or not: what may follow a text does
    /// not depend on what other answers came across.
    /// </summary>
    private const int StatesMetMax = 8_192;
    private const int ThreadsMetMax = 128 * 1_024;

    private readonly MatchState[] _path = new MatchState[trie.DepthMax + 1];
    private readonly ulong[] _within = new ulong[WordCount(trie.VocabularySize)];
    private readonly List<MatchState> _cached = [];
    private readonly List<byte> _shortest = [];
    private int[] _segments = new int[256];
    private int _walk;

    /// <summary>
    /// The tokens after which a whole text still fits: those whose state is at most <paramref name="tokensLeft"/> - 1 tokens from an
    /// end. Valid until the next call.
    /// </summary>
    public ReadOnlySpan<ulong> Following(MatchState state, int tokensLeft)
    {
        TokenMask mask = state.Mask ?? CacheMask(state);
        if (mask.DistanceMax < tokensLeft) return mask.Bits;
        Walk(state, tokensLeft - 1, _within);
        return _within;
    }

    /// <summary>
    /// An upper bound of the tokens from a state to a whole text: the fewest that spell one fixed shortest continuation. That
    /// continuation is the first in byte order, so what is left of it after a token is the one of the state then reached, and the
    /// bound falls by one with each of those tokens.
    /// </summary>
    public int TokensToEnd(MatchState state)
    {
        if (state.Tokens >= 0) return state.Tokens;
        FindShortestContinuation(state);
        return state.Tokens = Segment();
    }

    /// <summary>Whether a whole text fits into this many tokens, as far as <see cref="TokensToEnd"/> can tell.</summary>
    public bool Fits(MatchState state, int tokens)
    {
        if (state.Distance <= tokens) return true;
        // A token rarely spells more than this many bytes of a shortest text, and longer texts would take long to check.
        bool hopeless = state.Distance == Distances.Infinite || state.Distance / trie.DepthMax > tokens;
        return !hopeless && TokensToEnd(state) <= tokens;
    }

    private TokenMask CacheMask(MatchState state)
    {
        if ((_cached.Count + 1) * (long)_within.Length * sizeof(ulong) > CachedBytesMax)
        {
            foreach (MatchState cached in _cached) cached.Mask = null;
            _cached.Clear();
        }

        var bits = new ulong[_within.Length];
        int distanceMax = Walk(state, tokensMax: int.MaxValue, bits);
        _cached.Add(state);
        return state.Mask = new TokenMask(bits, distanceMax);
    }

    private int Walk(MatchState start, int tokensMax, ulong[] bits)
    {
        Array.Clear(bits);
        ReadOnlySpan<TokenTrie.Node> nodes = trie.Nodes;
        start = machine.BeginWalk(start);
        _walk++;
        start.Walk = _walk;
        _path[0] = start;
        int distanceMax = 0, states = 1, threads = start.Threads.Length;
        bool isCut = false;
        for (int i = 0; i < nodes.Length;)
        {
            TokenTrie.Node node = nodes[i];
            isCut |= states >= StatesMetMax || threads >= ThreadsMetMax;
            MatchState state = isCut && node.Depth > 1 ? MatchState.Dead : machine.Step(_path[node.Depth - 1], node.Label);
            if (state == MatchState.Dead)
            {
                i = node.Skip;
                continue;
            }

            if (state.Walk != _walk)
            {
                state.Walk = _walk;
                states++;
                threads += state.Threads.Length;
            }

            _path[node.Depth] = state;
            i++;
            if (node.Token < 0 || (tokensMax != int.MaxValue && !Fits(state, tokensMax))) continue;
            distanceMax = Math.Max(distanceMax, state.Distance);
            for (int token = node.Token; token >= 0; token = trie.NextWithSameBytes(token)) bits[token >> 6] |= 1UL << token;
        }

        machine.EndWalk();
        return isCut ? Math.Max(distanceMax, AllowShortestContinuation(start, bits)) : distanceMax;
    }

    /// <summary>Makes sure that a way to the end is among the tokens of a walk that was cut off; returns what is left of it.</summary>
    private int AllowShortestContinuation(MatchState state, ulong[] bits)
    {
        if (state.Distance == 0) return 0;
        FindShortestContinuation(state);
        Segment();
        int token = FirstToken(_segments[0] - 1);
        bits[token >> 6] |= 1UL << token;
        return state.Distance;
    }

    private void FindShortestContinuation(MatchState state)
    {
        _shortest.Clear();
        for (MatchState at = state; at.Distance > 0; at = machine.Step(at, _shortest[^1])) _shortest.Add(machine.NextOfShortest(at));
    }

    /// <summary>The fewest tokens that spell the shortest continuation, counted from its end.</summary>
    private int Segment()
    {
        int length = _shortest.Count;
        if (_segments.Length <= length) _segments = new int[length * 2];
        _segments[length] = 0;
        for (int at = length - 1; at >= 0; at--) _segments[at] = 1 + MinTokensAfter(at);
        return _segments[0];
    }

    private int MinTokensAfter(int at)
    {
        int fewest = int.MaxValue - 1;
        for (var tokens = new Spelling(trie, _shortest, at); tokens.MoveNext();) fewest = Math.Min(fewest, _segments[at + tokens.Length]);
        return fewest;
    }

    private int FirstToken(int restOfTokens)
    {
        var tokens = new Spelling(trie, _shortest, at: 0);
        while (tokens.MoveNext())
        {
            if (_segments[tokens.Length] == restOfTokens) return tokens.Token;
        }

        throw new InvalidOperationException("No token starts the shortest text.");
    }

    private static int WordCount(int vocabularySize) => (vocabularySize + 63) / 64;

    /// <summary>The tokens that spell the bytes from a place on, shortest first.</summary>
    private struct Spelling(TokenTrie trie, List<byte> bytes, int at)
    {
        // Every byte of a shortest text is a token of its own, so that its first node exists.
        private int _node = trie.Root(bytes[at]);
        private int _end = trie.Nodes.Length;

        public int Length { get; private set; }

        public int Token { get; private set; }

        public bool MoveNext()
        {
            ReadOnlySpan<TokenTrie.Node> nodes = trie.Nodes;
            while (_node < _end && at + Length < bytes.Count)
            {
                TokenTrie.Node node = nodes[_node];
                if (node.Label != bytes[at + Length])
                {
                    _node = node.Skip;
                    continue;
                }

                Length++;
                _end = node.Skip;
                _node++;
                Token = node.Token;
                if (Token >= 0) return true;
            }

            return false;
        }
    }
}
