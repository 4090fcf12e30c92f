using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Syntax;

internal enum ComparisonKind
{
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

internal sealed class ConditionalExpression(int line, Expression test, Expression value, Expression? otherwise) : Expression(line)
{
    protected override object? EvaluateCore(Scope scope)
    {
        if (TemplateValue.IsTrue(test.Evaluate(scope))) return value.Evaluate(scope);
        return otherwise is null ? new Undefined("a condition without 'else'") : otherwise.Evaluate(scope);
    }
}

/// <summary>'and' and 'or' give one of their operands, as in Python.</summary>
internal sealed class LogicExpression(int line, Expression left, Expression right, bool isAnd) : Expression(line)
{
    protected override object? EvaluateCore(Scope scope)
    {
        object? value = left.Evaluate(scope);
        return TemplateValue.IsTrue(value) == isAnd ? right.Evaluate(scope) : value;
    }
}

internal sealed class NotExpression(int line, Expression operand) : Expression(line)
{
    protected override object? EvaluateCore(Scope scope) => !TemplateValue.IsTrue(operand.Evaluate(scope));
}

internal sealed class SignExpression(int line, Expression operand, bool isNegative) : Expression(line)
{
    protected override object? EvaluateCore(Scope scope)
    {
        object? value = operand.Evaluate(scope);
        // Subtracting from zero would lose the sign of a negative zero.
        if (value is double real) return isNegative ? -real : real;
        return isNegative ? Arithmetic.Apply("-", 0L, value, scope.State) : Arithmetic.Apply("+", 0L, value, scope.State);
    }
}

internal sealed class BinaryExpression(int line, Expression left, string symbol, Expression right) : Expression(line)
{
    protected override object? EvaluateCore(Scope scope) =>
        Arithmetic.Apply(symbol, left.Evaluate(scope), right.Evaluate(scope), scope.State);
}

internal sealed class ComparisonExpression(
    int line, Expression first, IReadOnlyList<(ComparisonKind Kind, Expression Right)> rest) : Expression(line)
{
    protected override object? EvaluateCore(Scope scope)
    {
        object? left = first.Evaluate(scope);
        foreach ((ComparisonKind kind, Expression expression) in rest)
        {
            object? right = expression.Evaluate(scope);
            if (!Holds(kind, left, right, scope.State)) return false;
            left = right;
        }

        return true;
    }

    private static bool Holds(ComparisonKind kind, object? left, object? right, RenderState state) => kind switch
    {
        ComparisonKind.Equal => TemplateValue.AreEqual(left, right, state),
        ComparisonKind.NotEqual => !TemplateValue.AreEqual(left, right, state),
        ComparisonKind.Less => TemplateValue.Compare(left, right, state) < 0,
        ComparisonKind.LessOrEqual => TemplateValue.Compare(left, right, state) <= 0,
        ComparisonKind.Greater => TemplateValue.Compare(left, right, state) > 0,
        ComparisonKind.GreaterOrEqual => TemplateValue.Compare(left, right, state) >= 0,
        ComparisonKind.In => TemplateValue.Contains(right, left, state),
        _ => !TemplateValue.Contains(right, left, state),
    };
}
