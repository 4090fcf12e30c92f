namespace Trireme.Inference.Grammars.Patterns;

/// <summary>
/// A pattern with limits on the number of characters. Its automaton over characters and a counter are run together, and every pair of
/// both that can be reached becomes a node.
/// </summary>
internal sealed class CountedPattern(Pattern pattern, int minimum, int? maximum)
{
    private readonly PatternGraph _graph = new(pattern);

    /// <summary>Adds the automaton to a grammar. Beyond the minimum, without a maximum, characters are no longer counted.</summary>
    public void Emit(GrammarBuilder builder, ICharacterEncoder encoder, int from, int to)
    {
        int last = maximum ?? minimum;
        var nodes = new Dictionary<(int Node, int Count), int>();
        var open = new Queue<(int Node, int Count)>();
        builder.Empty(from, NodeOf(_graph.Entry, 0));
        while (open.TryDequeue(out (int Node, int Count) pair))
        {
            int node = nodes[pair];
            if (pair.Node == _graph.Exit && pair.Count >= minimum) builder.Empty(node, to);
            foreach (int next in _graph.EmptiesFrom(pair.Node)) builder.Empty(node, NodeOf(next, pair.Count));
            if (pair.Count == maximum) continue;
            foreach ((CharacterSet set, int next) in _graph.MovesFrom(pair.Node))
            {
                builder.Characters(encoder, set, node, NodeOf(next, Math.Min(pair.Count + 1, last)));
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
}
