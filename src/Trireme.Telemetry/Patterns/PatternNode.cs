namespace Trireme.Telemetry.Patterns;

/// <summary>A pattern as it was written.</summary>
internal abstract class PatternNode
{
    /// <summary>Levels of this node and those in it.</summary>
    public int Height { get; protected init; } = 1;

    /// <summary>True when it matches the empty text, assertions taken to hold.</summary>
    public bool IsNullable { get; protected init; }

    /// <summary>Copies of some part of this node that its counted repetitions stand for, at most.</summary>
    public int Copies { get; protected init; } = 1;
}

/// <summary>One code point out of a set.</summary>
internal sealed class SetNode(CodePointSet set) : PatternNode
{
    public CodePointSet Set { get; } = set;
}

/// <summary>A condition on a position, which takes nothing from the text.</summary>
internal sealed class AssertNode : PatternNode
{
    public AssertNode(AssertKind kind)
    {
        Kind = kind;
        IsNullable = true;
    }

    public AssertKind Kind { get; }
}

/// <summary>A group whose text is kept.</summary>
internal sealed class GroupNode : PatternNode
{
    public GroupNode(int index, PatternNode body)
    {
        Index = index;
        Body = body;
        Height = body.Height + 1;
        IsNullable = body.IsNullable;
        Copies = body.Copies;
    }

    /// <summary>Counted from 1 by opening parentheses.</summary>
    public int Index { get; }

    public PatternNode Body { get; }
}

/// <summary>Several patterns, one after the other; none at all for the empty text.</summary>
internal sealed class SequenceNode : PatternNode
{
    public SequenceNode(IReadOnlyList<PatternNode> parts)
    {
        Parts = parts;
        IsNullable = parts.All(static part => part.IsNullable);
        Height = 1 + parts.Select(static part => part.Height).DefaultIfEmpty().Max();
        Copies = parts.Select(static part => part.Copies).DefaultIfEmpty(1).Max();
    }

    public IReadOnlyList<PatternNode> Parts { get; }
}

/// <summary>Several patterns of which the first that leads to a match counts.</summary>
internal sealed class ChoiceNode : PatternNode
{
    public ChoiceNode(IReadOnlyList<PatternNode> choices)
    {
        Choices = choices;
        IsNullable = choices.Any(static choice => choice.IsNullable);
        Height = 1 + choices.Max(static choice => choice.Height);
        Copies = choices.Max(static choice => choice.Copies);
    }

    public IReadOnlyList<PatternNode> Choices { get; }
}

/// <summary>A pattern several times over.</summary>
internal sealed class RepeatNode : PatternNode
{
    public RepeatNode(PatternNode body, int min, int? max, bool isLazy, bool isCounted)
    {
        Body = body;
        Min = min;
        Max = max;
        IsLazy = isLazy;
        Height = body.Height + 1;
        IsNullable = min == 0 || body.IsNullable;
        // RE2 takes nothing that is left out as a copy, and what * + ? repeat as one.
        int copies = max == 0 || !isCounted ? 1 : Math.Max(1, max ?? min);
        Copies = max == 0 ? 1 : (int)Math.Min(int.MaxValue, (long)body.Copies * copies);
    }

    public PatternNode Body { get; }

    public int Min { get; }

    /// <summary>Null for no bound.</summary>
    public int? Max { get; }

    /// <summary>True when fewer are tried first.</summary>
    public bool IsLazy { get; }
}

/// <summary>What an <see cref="AssertNode"/> asks of a position.</summary>
internal enum AssertKind
{
    TextStart,
    TextEnd,
    LineStart,
    LineEnd,
    WordBoundary,
    NoWordBoundary,
}
