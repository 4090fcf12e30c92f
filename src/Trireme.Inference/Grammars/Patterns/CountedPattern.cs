namespace Trireme.Inference.Grammars.Patterns;

/// <summary>
/// A pattern with limits on the number of characters. Its automaton over characters and a counter are run together, and every pair of
/// both that can be reached becomes a node.
/// </summary>
internal sealed class CountedPattern
{
    private readonly List<List<(CharacterSet Set, int To)>> _moves = [];
    private readonly List<List<int>> _empties = [];
    private readonly int _exit;
    private readonly int _entry;
    private readonly int _minimum;
    private readonly int? _maximum;

    public CountedPattern(Pattern pattern, int minimum, int? maximum)
    {
        _minimum = minimum;
        _maximum = maximum;
        _entry = AddNode();
        _exit = AddNode();
        Build(pattern, _entry, _exit, depth: 0);
    }

    /// <summary>Adds the automaton to a grammar. Beyond the minimum, without a maximum, characters are no longer counted.</summary>
    public void Emit(GrammarBuilder builder, ICharacterEncoder encoder, int from, int to)
    {
        int last = _maximum ?? _minimum;
        var nodes = new Dictionary<(int Node, int Count), int>();
        var open = new Queue<(int Node, int Count)>();
        builder.Empty(from, NodeOf(_entry, 0));
        while (open.TryDequeue(out (int Node, int Count) pair))
        {
            int node = nodes[pair];
            if (pair.Node == _exit && pair.Count >= _minimum) builder.Empty(node, to);
            foreach (int next in _empties[pair.Node]) builder.Empty(node, NodeOf(next, pair.Count));
            if (pair.Count == _maximum) continue;
            foreach ((CharacterSet set, int next) in _moves[pair.Node])
            {
                encoder.Encode(builder, set, node, NodeOf(next, Math.Min(pair.Count + 1, last)));
            }
        }

        int NodeOf(int node, int count)
        {
            if (nodes.TryGetValue((node, count), out int known)) return known;
            int added = builder.AddNode();
            nodes.Add((node, count), added);
            open.Enqueue((node, count));
            return added;
        }
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
            default:
                throw new InvalidOperationException($"Unknown pattern {pattern.GetType().Name}.");
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
