using Trireme.Inference.Grammars.Patterns;

namespace Trireme.Inference.Grammars.Notations;

/// <summary>Reads a grammar of rules whose right sides are alternatives of sequences, as both notations have them.</summary>
internal abstract class RuleReader(NotationScanner scanner, RuleTable rules)
{
    protected NotationScanner Scanner { get; } = scanner;

    protected RuleTable Rules { get; } = rules;

    /// <summary>Reads the whole grammar into the table.</summary>
    public abstract void Read();

    /// <summary>Takes what begins a rule and gives its name; null, and nothing taken, where something else comes.</summary>
    protected string? TakeDefinition()
    {
        int start = Scanner.At;
        if (TakeHead() is { } name) return name;
        Scanner.At = start;
        return null;
    }

    /// <summary>Whether another rule begins here, which ends the one before.</summary>
    protected virtual bool IsDefinition()
    {
        int start = Scanner.At;
        bool isOne = TakeDefinition() is not null;
        Scanner.At = start;
        return isOne;
    }

    protected Pattern Alternatives()
    {
        var alternatives = new List<Pattern> { Sequence() };
        while (Scanner.Take("|")) alternatives.Add(Sequence());
        return alternatives.Count == 1 ? alternatives[0] : new AnyPattern(alternatives);
    }

    /// <summary>A group, at its bracket.</summary>
    protected Pattern Group(char opener, char closer)
    {
        Scanner.At++;
        Pattern inner = Scanner.Nested(Alternatives);
        if (Scanner.Here != closer) throw Scanner.Problem($"has a '{opener}' without its '{closer}'");
        Scanner.At++;
        return inner;
    }

    protected Pattern Repeat(Pattern part, int minimum, int? maximum)
    {
        if (maximum < minimum) throw Scanner.Problem("holds a repetition whose limits are the wrong way round");
        return Pattern.Repeat(part, minimum, maximum);
    }

    /// <summary>Takes a name and the mark of a definition; null where something else comes.</summary>
    protected abstract string? TakeHead();

    /// <summary>Parts up to the end of an alternative.</summary>
    protected abstract SequencePattern Sequence();
}
