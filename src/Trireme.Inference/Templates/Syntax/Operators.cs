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

internal sealed class ConditionalExpression(int line, TemplateExpression test, TemplateExpression value, TemplateExpression? otherwise)
    : TemplateExpression(line)
{
    protected override object? EvaluateCore(TemplateScope scope)
    {
        if (TemplateValue.IsTrue(test.Evaluate(scope))) return value.Evaluate(scope);
        return otherwise is null ? new Undefined("a condition without 'else'") : otherwise.Evaluate(scope);
    }
}

/// <summary>'and' and 'or' give one of their operands, as in Python.</summary>
internal sealed class LogicExpression(int line, TemplateExpression left, TemplateExpression right, bool isAnd) : TemplateExpression(line)
{
    protected override object? EvaluateCore(TemplateScope scope)
    {
        object? value = left.Evaluate(scope);
        return TemplateValue.IsTrue(value) == isAnd ? right.Evaluate(scope) : value;
    }
}

internal sealed class NotExpression(int line, TemplateExpression operand) : TemplateExpression(line)
{
    protected override object? EvaluateCore(TemplateScope scope) => !TemplateValue.IsTrue(operand.Evaluate(scope));
}

internal sealed class SignExpression(int line, TemplateExpression operand, bool isNegative) : TemplateExpression(line)
{
    protected override object? EvaluateCore(TemplateScope scope)
    {
        object? value = operand.Evaluate(scope);
        // Subtracting from zero would lose the sign of a negative zero.
        if (value is double real) return isNegative ? -real : real;
        return isNegative ? Arithmetic.Apply("-", 0L, value, scope.State) : Arithmetic.Apply("+", 0L, value, scope.State);
    }
}

internal sealed class BinaryExpression(int line, TemplateExpression left, string symbol, TemplateExpression right)
    : TemplateExpression(line)
{
    protected override object? EvaluateCore(TemplateScope scope) =>
        Arithmetic.Apply(symbol, left.Evaluate(scope), right.Evaluate(scope), scope.State);
}

internal sealed class ComparisonExpression(
    int line, TemplateExpression first, IReadOnlyList<(ComparisonKind Kind, TemplateExpression Right)> rest) : TemplateExpression(line)
{
    protected override object? EvaluateCore(TemplateScope scope)
    {
        object? left = first.Evaluate(scope);
        foreach ((ComparisonKind kind, TemplateExpression expression) in rest)
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
