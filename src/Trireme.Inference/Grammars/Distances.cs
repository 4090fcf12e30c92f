namespace Trireme.Inference.Grammars;

/// <summary>
/// The fewest bytes from each node to the exit of its rule, by Knuth's generalisation of Dijkstra's algorithm to grammars (1977): nodes
/// are settled in order of their distance, and a call costs its rule and what follows it.
/// </summary>
internal static class Distances
{
    /// <summary>No way leads to the exit.</summary>
    public const int Infinite = int.MaxValue;

    /// <summary>
    /// Only bytes that <paramref name="available"/> marks count, so that a distance can be walked with single-byte tokens.
    /// </summary>
    public static int[] Compute(Grammar grammar, ReadOnlySpan<bool> available)
    {
        int count = grammar.NodeCount;
        EdgeTable<ByteEdge> bytes = EdgeTable.Of(count, grammar.Bytes.All, static edge => edge.To);
        EdgeTable<EmptyEdge> empties = EdgeTable.Of(count, grammar.Empties.All, static edge => edge.To);
        EdgeTable<CallEdge> callsByReturn = EdgeTable.Of(count, grammar.Calls.All, static edge => edge.To);
        EdgeTable<CallEdge> callsByRule = EdgeTable.Of(grammar.Rules.Length, grammar.Calls.All, static edge => edge.Rule);
        var ruleOfEntry = new int[count];
        Array.Fill(ruleOfEntry, -1);
        for (int rule = 0; rule < grammar.Rules.Length; rule++) ruleOfEntry[grammar.Rules[rule].Entry] = rule;

        var distances = new int[count];
        Array.Fill(distances, Infinite);
        var settled = new bool[count];
        var queue = new PriorityQueue<int, int>();
        foreach (RuleEnds rule in grammar.Rules) Relax(rule.Exit, 0);
        while (queue.TryDequeue(out int node, out int distance))
        {
            if (settled[node]) continue;
            settled[node] = true;
            foreach (EmptyEdge edge in empties.From(node)) Relax(edge.From, distance);
            foreach (ByteEdge edge in bytes.From(node))
            {
                if (FirstAvailable(edge, available) >= 0) Relax(edge.From, distance + 1L);
            }

            foreach (CallEdge edge in callsByReturn.From(node)) RelaxCall(edge);
            if (ruleOfEntry[node] is >= 0 and int entered)
            {
                foreach (CallEdge edge in callsByRule.From(entered)) RelaxCall(edge);
            }
        }

        return distances;

        void RelaxCall(CallEdge edge)
        {
            int entry = grammar.Rules[edge.Rule].Entry;
            if (settled[entry] && settled[edge.To]) Relax(edge.From, (long)distances[entry] + distances[edge.To]);
        }

        void Relax(int node, long distance)
        {
            if (distance >= distances[node]) return;
            distances[node] = (int)distance;
            queue.Enqueue(node, (int)distance);
        }
    }

    /// <summary>The smallest byte of an edge that has a token of its own, or -1.</summary>
    public static int FirstAvailable(in ByteEdge edge, ReadOnlySpan<bool> available)
    {
        int offset = available.Slice(edge.Low, edge.High - edge.Low + 1).IndexOf(true);
        return offset < 0 ? -1 : edge.Low + offset;
    }
}
