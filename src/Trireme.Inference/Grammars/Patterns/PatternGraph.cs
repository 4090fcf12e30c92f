namespace Trireme.Inference.Grammars.Patterns;

/// <summary>A pattern as an automaton over characters that may be in several nodes at once (Thompson 1968).</summary>
internal sealed class PatternGraph
{
    private readonly List<List<(CharacterSet Set, int To)>> _moves = [];
    private readonly List<List<int>> _empties = [];

    public PatternGraph(Pattern pattern)
    {
        Entry = AddNode();
        Exit = AddNode();
        Build(pattern, Entry, Exit, depth: 0);
    }

    public int Entry { get; }

    public int Exit { get; }

    /// <summary>
    /// Nodes, moves and ranges that were looked at: a step from many nodes at once, or a set of many ranges, is no less work than many
    /// steps.
    /// </summary>
    public long Looks { get; private set; }

    public IReadOnlyList<(CharacterSet Set, int To)> MovesFrom(int node) => _moves[node];

    public IReadOnlyList<int> EmptiesFrom(int node) => _empties[node];

    /// <summary>The first characters of the classes that no set of the pattern tells apart.</summary>
    public SortedSet<int> ClassStarts()
    {
        var starts = new SortedSet<int> { 0 };
        foreach ((CharacterSet set, _) in _moves.SelectMany(static moves => moves))
        {
            Look(set.Ranges.Length);
            foreach (CharacterRange range in set.Ranges)
            {
                starts.Add(range.First);
                if (range.Last < 0x10FFFF) starts.Add(range.Last + 1);
            }
        }

        return starts;
    }

    /// <summary>Nodes with those that are reached without a character, sorted.</summary>
    public IntSet Closure(IEnumerable<int> nodes)
    {
        var seen = new HashSet<int>(nodes);
        var work = new Stack<int>(seen);
        while (work.TryPop(out int node))
        {
            Look(1 + _empties[node].Count);
            foreach (int next in _empties[node])
            {
                if (seen.Add(next)) work.Push(next);
            }
        }

        return new IntSet([.. seen.Order()]);
    }

    /// <summary>The nodes after a character; null for none.</summary>
    public IntSet? Step(IntSet from, int character)
    {
        var reached = new HashSet<int>();
        foreach (int node in from.Values)
        {
            Look(1 + _moves[node].Count);
            foreach ((CharacterSet set, int to) in _moves[node])
            {
                if (set.Contains(character)) reached.Add(to);
            }
        }

        return reached.Count == 0 ? null : Closure(reached);
    }

    public bool Accepts(IntSet nodes) => Array.BinarySearch(nodes.Values, Exit) >= 0;

    private void Look(int count)
    {
        Looks += count;
        if (Looks > Automaton.CostMax) throw GrammarBuilder.TooLarge();
    }

    private int AddNode()
    {
        if (_moves.Count >= GrammarBuilder.NodesMax) throw GrammarBuilder.TooLarge();
        _moves.Add([]);
        _empties.Add([]);
        return _moves.Count - 1;
    }

    private void Build(Pattern pattern, int from, int to, int depth)
    {
        Pattern.CheckDepth(depth);
        switch (pattern)
        {
            case SetPattern set:
                _moves[from].Add((set.Set, to));
                break;
            case SequencePattern sequence:
                foreach (Pattern part in sequence.Parts)
                {
                    int next = AddNode();
                    Build(part, from, next, depth + 1);
                    from = next;
                }

                _empties[from].Add(to);
                break;
            case AnyPattern any:
                foreach (Pattern alternative in any.Alternatives) Build(alternative, from, to, depth + 1);
                break;
            case RepeatPattern repeat:
                BuildRepeat(repeat, from, to, depth + 1);
                break;
            case AutomatonPattern known:
                BuildAutomaton(known.Automaton, from, to);
                break;
            default:
                throw new InvalidOperationException($"Unknown pattern {pattern.GetType().Name}.");
        }
    }

    private void BuildAutomaton(Automaton automaton, int from, int to)
    {
        var nodes = new int[automaton.StateCount];
        for (int state = 0; state < nodes.Length; state++) nodes[state] = AddNode();
        _empties[from].Add(nodes[0]);
        for (int state = 0; state < nodes.Length; state++)
        {
            if (automaton.Accepts(state)) _empties[nodes[state]].Add(to);
            foreach ((CharacterSet set, int next) in automaton.MovesFrom(state)) _moves[nodes[state]].Add((set, nodes[next]));
        }
    }

    private void BuildRepeat(RepeatPattern repeat, int from, int to, int depth)
    {
        for (int i = 0; i < (repeat.Maximum ?? repeat.Minimum); i++)
        {
            if (i >= repeat.Minimum) _empties[from].Add(to);
            int next = AddNode();
            Build(repeat.Part, from, next, depth);
            from = next;
        }

        if (repeat.Maximum is null)
        {
            // A node of its own, so that nothing else leads into the loop.
            int loop = AddNode();
            _empties[from].Add(loop);
            Build(repeat.Part, loop, loop, depth);
            from = loop;
        }

        _empties[from].Add(to);
    }
}

/// <summary>Sorted numbers that are equal when their values are.</summary>
internal sealed record IntSet(int[] Values)
{
    public static IEqualityComparer<IntSet> Comparer { get; } = EqualityComparer<IntSet>.Create(
        static (left, right) => left!.Values.AsSpan().SequenceEqual(right!.Values),
        static set =>
        {
            var hash = default(HashCode);
            foreach (int value in set.Values) hash.Add(value);
            return hash.ToHashCode();
        });
}
