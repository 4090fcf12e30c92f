using System.Runtime.InteropServices;
using Trireme.Inference.Grammars.Patterns;

namespace Trireme.Inference.Grammars;

/// <summary>
/// Collects a grammar: rules whose bodies are automata over bytes and may call rules. Every rule has one entry and one exit, and
/// nothing leaves an exit.
/// </summary>
internal sealed class GrammarBuilder
{
    /// <summary>Keeps a grammar within a few megabytes; a rule for a whole contract with hundreds of fields needs a tenth of it.</summary>
    public const int NodesMax = 200_000;

    private const int EdgesMax = 400_000;
    private const int InlineRangesMax = 24;

    private readonly List<ByteEdge> _bytes = [];
    private readonly List<EmptyEdge> _empties = [];
    private readonly List<CallEdge> _calls = [];
    private readonly List<RuleEnds> _rules = [];
    private readonly Dictionary<(ICharacterEncoder, CharacterSet), int> _sets = [];
    private int _nodeCount;

    public int AddNode()
    {
        if (_nodeCount == NodesMax) throw TooLarge();
        return _nodeCount++;
    }

    public int AddRule()
    {
        _rules.Add(new RuleEnds(AddNode(), AddNode()));
        return _rules.Count - 1;
    }

    public RuleEnds Ends(int rule) => _rules[rule];

    /// <summary>Goes on with any byte from <paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    public void Bytes(int from, byte low, byte high, int to) => Add(_bytes, new ByteEdge(from, low, high, to));

    public void Empty(int from, int to) => Add(_empties, new EmptyEdge(from, to));

    /// <summary>Goes on at <paramref name="to"/> once the rule has matched.</summary>
    public void Call(int from, int rule, int to) => Add(_calls, new CallEdge(from, rule, to));

    /// <summary>Goes on once the bytes have matched.</summary>
    public void Literal(int from, ReadOnlySpan<byte> bytes, int to)
    {
        if (bytes.IsEmpty)
        {
            Empty(from, to);
            return;
        }

        for (int i = 0; i < bytes.Length; i++)
        {
            int next = i == bytes.Length - 1 ? to : AddNode();
            Bytes(from, bytes[i], bytes[i], next);
            from = next;
        }
    }

    /// <summary>Goes on with any character of a set. A set of many ranges is written once, as a rule.</summary>
    public void Characters(ICharacterEncoder encoder, CharacterSet set, int from, int to)
    {
        if (set.Ranges.Length <= InlineRangesMax)
        {
            encoder.Encode(this, set, from, to);
            return;
        }

        if (!_sets.TryGetValue((encoder, set), out int rule))
        {
            rule = AddRule();
            _sets.Add((encoder, set), rule);
            encoder.Encode(this, set, Ends(rule).Entry, Ends(rule).Exit);
        }

        Call(from, rule, to);
    }

    public Grammar Build(int startRule) => new(
        _nodeCount,
        startRule,
        CollectionsMarshal.AsSpan(_rules).ToArray(),
        EdgeTable.Of(_nodeCount, CollectionsMarshal.AsSpan(_bytes), static edge => edge.From),
        EdgeTable.Of(_nodeCount, CollectionsMarshal.AsSpan(_empties), static edge => edge.From),
        EdgeTable.Of(_nodeCount, CollectionsMarshal.AsSpan(_calls), static edge => edge.From));

    private void Add<T>(List<T> edges, T edge)
    {
        if (_bytes.Count + _empties.Count + _calls.Count >= EdgesMax) throw TooLarge();
        edges.Add(edge);
    }

    public static GrammarException TooLarge() => new(
        $"The constraint needs more than {NodesMax} automaton states. Lower its repetition counts, lengths or number of alternatives.");
}

internal readonly record struct RuleEnds(int Entry, int Exit);

internal readonly record struct ByteEdge(int From, byte Low, byte High, int To);

internal readonly record struct EmptyEdge(int From, int To);

internal readonly record struct CallEdge(int From, int Rule, int To);
