namespace Trireme.Inference.Grammars;

/// <summary>Rules over bytes, ready to be matched. Immutable.</summary>
internal sealed class Grammar
{
    private readonly RuleEnds[] _rules;
    private readonly bool[] _isExit;

    public Grammar(
        int nodeCount, int startRule, RuleEnds[] rules, EdgeTable<ByteEdge> bytes, EdgeTable<EmptyEdge> empties, EdgeTable<CallEdge> calls)
    {
        NodeCount = nodeCount;
        StartRule = startRule;
        Bytes = bytes;
        Empties = empties;
        Calls = calls;
        _rules = rules;
        _isExit = new bool[nodeCount];
        foreach (RuleEnds rule in rules) _isExit[rule.Exit] = true;
        ByteClasses = ClassesOf(bytes.All);
    }

    public int NodeCount { get; }

    public int StartRule { get; }

    public ReadOnlySpan<RuleEnds> Rules => _rules;

    public EdgeTable<ByteEdge> Bytes { get; }

    public EdgeTable<EmptyEdge> Empties { get; }

    public EdgeTable<CallEdge> Calls { get; }

    /// <summary>The class of each byte: bytes of one class are on the same edges everywhere.</summary>
    public byte[] ByteClasses { get; }

    public bool IsExit(int node) => _isExit[node];

    private static byte[] ClassesOf(ReadOnlySpan<ByteEdge> edges)
    {
        var startsClass = new bool[257];
        foreach (ByteEdge edge in edges)
        {
            startsClass[edge.Low] = true;
            startsClass[edge.High + 1] = true;
        }

        var classes = new byte[256];
        for (int value = 1; value < 256; value++) classes[value] = (byte)(classes[value - 1] + (startsClass[value] ? 1 : 0));
        return classes;
    }
}
