using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL.Functions;

namespace Trireme.Telemetry.PromQL.Syntax;

/// <summary>Which types fit where. Messages are worded as Prometheus' are, since people search for them.</summary>
internal sealed class TypeRules(TokenReader tokens)
{
    public void CheckSigned(Expression operand)
    {
        if (operand.Kind is ValueKind.Scalar or ValueKind.Vector) return;
        throw tokens.Fail(
            operand.Position,
            "unary expression only allowed on expressions of type scalar or instant vector, got "
            + TextQuoting.Quote(operand.Kind.Documented()));
    }

    public void Check(Binary node, int operatorPosition)
    {
        if (node.ReturnsBool && !node.Operator.IsComparison)
        {
            throw tokens.Fail(operatorPosition, "bool modifier can only be used on comparison operators");
        }

        bool bothScalar = node.Kind == ValueKind.Scalar;
        if (node.Operator.IsComparison && !node.ReturnsBool && bothScalar)
        {
            throw tokens.Fail(operatorPosition, "comparisons between scalars must use BOOL modifier");
        }

        if (!IsOperand(node.Left) || !IsOperand(node.Right))
        {
            Expression wrong = IsOperand(node.Left) ? node.Right : node.Left;
            throw tokens.Fail(wrong.Position, "binary expression must contain only scalar and instant vector types");
        }

        bool bothVectors = node.Left.Kind == ValueKind.Vector && node.Right.Kind == ValueKind.Vector;
        if (!bothVectors && node.Matching.Labels.Count > 0)
        {
            throw tokens.Fail(operatorPosition, "vector matching only allowed between instant vectors");
        }

        if (!bothVectors && node.Operator.IsSet)
        {
            string symbol = TextQuoting.Quote(node.Operator.Symbol);
            throw tokens.Fail(operatorPosition, $"set operator {symbol} not allowed in binary scalar expression");
        }

        CheckGrouping(node, operatorPosition);
    }

    public void Check(Aggregation node)
    {
        Expect(node.Operand, ValueKind.Vector, "aggregation expression");
        if (node.Parameter is null) return;
        Expect(node.Parameter, node.Operator == "count_values" ? ValueKind.Text : ValueKind.Scalar, "aggregation parameter");
    }

    public void Check(Call call)
    {
        Function function = call.Function;
        int count = call.Arguments.Count;
        int least = function.Parameters.Count - (function.Optional == 0 ? 0 : 1);
        int most = function.Optional < 0 ? int.MaxValue : least + function.Optional;
        string name = TextQuoting.Quote(function.Name);
        if (count < least || count > most)
        {
            string bound = function.Optional == 0 ? "" : count < least ? "at least " : "at most ";
            int expected = count < least ? least : most;
            throw tokens.Fail(call.Position, $"expected {bound}{expected} argument(s) in call to {name}, got {count}");
        }

        for (int i = 0; i < count; i++)
        {
            ValueKind expected = function.Parameters[Math.Min(i, function.Parameters.Count - 1)];
            Expect(call.Arguments[i], expected, "call to function " + name);
        }
    }

    private static bool IsOperand(Expression expression) => expression.Kind is ValueKind.Scalar or ValueKind.Vector;

    private void CheckGrouping(Binary node, int operatorPosition)
    {
        VectorMatching matching = node.Matching;
        if (node.Operator.IsSet && matching.Cardinality != MatchCardinality.OneToOne)
        {
            throw tokens.Fail(operatorPosition, $"no grouping allowed for {TextQuoting.Quote(node.Operator.Symbol)} operation");
        }

        foreach (string label in matching.Include)
        {
            if (!matching.On || !matching.Labels.Contains(label, StringComparer.Ordinal)) continue;
            throw tokens.Fail(operatorPosition, $"label {TextQuoting.Quote(label)} must not occur in ON and GROUP clause at once");
        }
    }

    private void Expect(Expression expression, ValueKind kind, string context)
    {
        if (expression.Kind == kind) return;
        throw tokens.Fail(expression.Position, $"expected type {kind.Documented()} in {context}, got {expression.Kind.Documented()}");
    }
}
