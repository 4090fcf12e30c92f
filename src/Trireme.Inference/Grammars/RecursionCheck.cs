namespace Trireme.Inference.Grammars;

/// <summary>Finds rules that reach themselves before a byte: matching would call them without end.</summary>
internal static class RecursionCheck
{
    private enum Mark : byte
    {
        New,
        Open,
        Done,
    }

    public static bool HasEmptyRecursion(Grammar grammar, ReadOnlySpan<int> distances)
    {
        List<int>[] callees = new List<int>[grammar.Rules.Length];
        for (int rule = 0; rule < callees.Length; rule++) callees[rule] = FirstCalls(grammar, distances, rule);
        var marks = new Mark[callees.Length];
        var stack = new Stack<(int Rule, int Next)>();
        for (int root = 0; root < callees.Length; root++)
        {
            if (marks[root] != Mark.New) continue;
            marks[root] = Mark.Open;
            stack.Push((root, 0));
            while (stack.TryPop(out (int Rule, int Next) top))
            {
                if (top.Next == callees[top.Rule].Count)
                {
                    marks[top.Rule] = Mark.Done;
                    continue;
                }

                stack.Push((top.Rule, top.Next + 1));
                int callee = callees[top.Rule][top.Next];
                if (marks[callee] == Mark.Open) return true;
                if (marks[callee] == Mark.Done) continue;
                marks[callee] = Mark.Open;
                stack.Push((callee, 0));
            }
        }

        return false;
    }

    /// <summary>The rules that a rule may call before it has matched a byte.</summary>
    private static List<int> FirstCalls(Grammar grammar, ReadOnlySpan<int> distances, int rule)
    {
        var calls = new List<int>();
        var seen = new HashSet<int>();
        var work = new Stack<int>();
        work.Push(grammar.Rules[rule].Entry);
        while (work.TryPop(out int node))
        {
            if (!seen.Add(node)) continue;
            foreach (EmptyEdge edge in grammar.Empties.From(node)) work.Push(edge.To);
            foreach (CallEdge edge in grammar.Calls.From(node))
            {
                calls.Add(edge.Rule);
                bool mayBeEmpty = distances[grammar.Rules[edge.Rule].Entry] == 0;
                if (mayBeEmpty) work.Push(edge.To);
            }
        }

        return calls;
    }
}
