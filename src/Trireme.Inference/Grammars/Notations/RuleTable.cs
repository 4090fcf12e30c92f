using Trireme.Inference.Grammars.Patterns;

namespace Trireme.Inference.Grammars.Notations;

/// <summary>The rules of a grammar by their names.</summary>
internal sealed class RuleTable(GrammarBuilder builder)
{
    private const int RulesMax = 2_000;

    private readonly Dictionary<string, int> _rules = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);
    private readonly HashSet<string> _defined = new(StringComparer.Ordinal);
    private int? _start;

    public bool IsDefined(string name) => _defined.Contains(name);

    /// <summary>What a rule matches, which may be defined later.</summary>
    public Pattern Use(string name, int line)
    {
        _lines.TryAdd(name, line);
        return new RulePattern(IndexOf(name));
    }

    /// <summary>Sets the rule that a whole text matches.</summary>
    public void StartWith(string name, Pattern before)
    {
        int rule = builder.AddRule();
        var whole = Pattern.Sequence(before, Use(name, 1));
        new PatternEmitter(builder, Utf8Encoder.Instance).Emit(whole, builder.Ends(rule).Entry, builder.Ends(rule).Exit);
        _start = rule;
    }

    /// <summary>
    /// Says what a rule matches. Alternatives that begin with the rule itself are written as a loop behind the others, because matching
    /// would call the rule without end.
    /// </summary>
    public void Define(string name, Pattern body, int line)
    {
        if (!_defined.Add(name)) throw new GrammarException($"The grammar defines the rule '{name}' twice (line {line}).");
        int rule = IndexOf(name);
        (int entry, int exit) = builder.Ends(rule);
        int node = builder.AddNode();
        var emitter = new PatternEmitter(builder, Utf8Encoder.Instance);
        foreach (Pattern alternative in body is AnyPattern any ? any.Alternatives : [body])
        {
            IReadOnlyList<Pattern> parts = alternative is SequencePattern sequence ? sequence.Parts : [alternative];
            bool isLoop = parts.Count > 0 && parts[0] is RulePattern first && first.Rule == rule;
            if (isLoop) emitter.Emit(new SequencePattern([.. parts.Skip(1)]), node, node);
            else emitter.Emit(alternative, entry, node);
        }

        builder.Empty(node, exit);
    }

    /// <summary>The rule of a whole text, once all are defined.</summary>
    public int Finish()
    {
        foreach ((string name, int line) in _lines)
        {
            if (_defined.Contains(name)) continue;
            throw new GrammarException($"The grammar uses the rule '{name}' (line {line}), which it does not define.");
        }

        return _start ?? throw new InvalidOperationException("No rule was chosen to start with.");
    }

    private int IndexOf(string name)
    {
        if (_rules.TryGetValue(name, out int rule)) return rule;
        if (_rules.Count >= RulesMax) throw new GrammarException($"The grammar has more than {RulesMax} rules.");
        rule = builder.AddRule();
        _rules.Add(name, rule);
        return rule;
    }
}
