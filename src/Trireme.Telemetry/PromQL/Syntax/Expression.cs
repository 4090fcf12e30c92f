using Trireme.Telemetry.PromQL.Functions;
using Trireme.Telemetry.Storage;

namespace Trireme.Telemetry.PromQL.Syntax;

/// <summary>A node of a parsed and type-checked query.</summary>
/// <param name="Position">Index of its first character.</param>
/// <param name="Kind">The type of its value.</param>
internal abstract record Expression(int Position, ValueKind Kind)
{
    /// <summary>Height of the tree below, which bounds the recursion over it.</summary>
    public int Depth { get; init; } = 1;

    /// <summary>True when the value is the same at every step of a range query, so that one evaluation serves all steps.</summary>
    public abstract bool IsStepInvariant { get; }

    /// <summary>The node without the parentheses around it.</summary>
    public Expression Unwrapped => this is Parenthesized { Inner: var inner } ? inner.Unwrapped : this;
}

internal sealed record NumberLiteral(int Position, double Value) : Expression(Position, ValueKind.Scalar)
{
    public override bool IsStepInvariant => true;
}

internal sealed record StringLiteral(int Position, string Text) : Expression(Position, ValueKind.Text)
{
    public override bool IsStepInvariant => true;
}

internal sealed record Parenthesized(int Position, Expression Inner) : Expression(Position, Inner.Kind)
{
    public override bool IsStepInvariant => Inner.IsStepInvariant;
}

/// <summary>The last sample of each series; shifted back by the offset, or at a fixed time instead of the step's.</summary>
internal sealed record VectorSelector(int Position, string? Name, IReadOnlyList<LabelMatcher> Matchers)
    : Expression(Position, ValueKind.Vector)
{
    public long? OffsetMs { get; init; }

    public TimeAnchor? At { get; init; }

    public override bool IsStepInvariant => At is not null;
}

internal sealed record MatrixSelector(int Position, VectorSelector Selector, long RangeMs) : Expression(Position, ValueKind.Matrix)
{
    public override bool IsStepInvariant => Selector.IsStepInvariant;
}

/// <summary>An instant vector evaluated over a range. Without a resolution the engine's default is used.</summary>
internal sealed record Subquery(int Position, Expression Inner, long RangeMs, long? ResolutionMs) : Expression(Position, ValueKind.Matrix)
{
    public long? OffsetMs { get; init; }

    public TimeAnchor? At { get; init; }

    public override bool IsStepInvariant => At is not null;
}

internal sealed record Negation(int Position, Expression Operand) : Expression(Position, Operand.Kind)
{
    public override bool IsStepInvariant => Operand.IsStepInvariant;
}

internal sealed record Binary(int Position, BinaryOperator Operator, Expression Left, Expression Right, VectorMatching Matching)
    : Expression(Position, Left.Kind == ValueKind.Scalar && Right.Kind == ValueKind.Scalar ? ValueKind.Scalar : ValueKind.Vector)
{
    /// <summary>A comparison gives 0 or 1 instead of filtering.</summary>
    public bool ReturnsBool { get; init; }

    public override bool IsStepInvariant => Left.IsStepInvariant && Right.IsStepInvariant;
}

internal sealed record Aggregation(int Position, string Operator, Expression Operand, Expression? Parameter)
    : Expression(Position, ValueKind.Vector)
{
    public IReadOnlyList<string> Grouping { get; init; } = [];

    /// <summary>Groups by all labels but those of the grouping and the metric name.</summary>
    public bool Without { get; init; }

    public override bool IsStepInvariant => Operand.IsStepInvariant && Parameter?.IsStepInvariant is null or true;
}

internal sealed record Call(int Position, Function Function, IReadOnlyList<Expression> Arguments)
    : Expression(Position, Function.Returns)
{
    public override bool IsStepInvariant => !Function.DependsOnTime && Arguments.All(static argument => argument.IsStepInvariant);
}
