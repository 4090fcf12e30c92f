namespace Trireme.Inference.Grammars.Patterns;

/// <summary>A regular expression over characters, as a tree.</summary>
internal abstract record Pattern
{
    /// <summary>
    /// How deep a tree may be, since what walks it calls itself. The parser allows a hundred groups within one another, each of which
    /// is at most a repetition of alternatives of sequences.
    /// </summary>
    private const int DepthMax = 400;

    /// <summary>What the automata in it have cost, see <see cref="Automaton.Cost"/>.</summary>
    public virtual long Cost => 0;

    public static Pattern Nothing { get; } = new SequencePattern([]);

    public static Pattern Text(string text) => new SequencePattern([.. text.EnumerateRunes().Select(rune => One(rune.Value))]);

    public static Pattern One(int character) => new SetPattern(CharacterSet.Of(new CharacterRange(character)));

    public static Pattern Sequence(params Pattern[] parts) => new SequencePattern(parts);

    public static Pattern Any(params Pattern[] alternatives) => new AnyPattern(alternatives);

    public static Pattern Repeat(Pattern part, int minimum, int? maximum) => new RepeatPattern(part, minimum, maximum);

    /// <summary>What both patterns match.</summary>
    /// <exception cref="GrammarException">It needs too many states.</exception>
    public static Pattern Both(Pattern first, Pattern second) => new AutomatonPattern(Automaton.Of(first).Intersect(Automaton.Of(second)));

    /// <summary>What the first matches and the second does not.</summary>
    /// <exception cref="GrammarException">It needs too many states.</exception>
    public static Pattern Except(Pattern first, Pattern second) => new AutomatonPattern(Automaton.Of(first).Except(Automaton.Of(second)));

    public static Pattern Optional(Pattern part) => new RepeatPattern(part, 0, 1);

    /// <summary>Refuses a depth that no expression the parser reads comes to.</summary>
    public static void CheckDepth(int depth)
    {
        if (depth > DepthMax) throw new GrammarException($"The pattern is nested deeper than {DepthMax} levels.");
    }
}

/// <summary>One character of a set.</summary>
internal sealed record SetPattern(CharacterSet Set) : Pattern;

/// <summary>All parts, one after another.</summary>
internal sealed record SequencePattern(IReadOnlyList<Pattern> Parts) : Pattern
{
    public override long Cost => Parts.Sum(static part => part.Cost);
}

/// <summary>One of the alternatives.</summary>
internal sealed record AnyPattern(IReadOnlyList<Pattern> Alternatives) : Pattern
{
    public override long Cost => Alternatives.Sum(static part => part.Cost);
}

/// <summary>A part as often as the limits say; without a maximum, any number of times.</summary>
internal sealed record RepeatPattern(Pattern Part, int Minimum, int? Maximum) : Pattern
{
    public override long Cost => Part.Cost;
}

/// <summary>What an automaton accepts.</summary>
internal sealed record AutomatonPattern(Automaton Automaton) : Pattern
{
    public override long Cost => Automaton.Cost;
}

/// <summary>What a rule of the grammar matches.</summary>
internal sealed record RulePattern(int Rule) : Pattern;
