using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.PromQL.Syntax;

/// <summary>Reads aggregations; the grouping may stand before or after the arguments.</summary>
internal sealed class AggregationParser(TokenReader tokens, TypeRules types, Func<string, List<Expression>> readArguments)
{
    private const string Context = "aggregation";

    /// <summary>True for an aggregation, false for a metric that has the name of one.</summary>
    public bool StartsHere()
    {
        Token next = tokens.Peek;
        return Keywords.IsAggregation(tokens.Current.Text)
            && (next.Kind == TokenKind.LeftParen || next.IsKeyword("by") || next.IsKeyword("without"));
    }

    public Aggregation Read()
    {
        Token name = tokens.Take();
        (IReadOnlyList<string> Labels, bool Without)? grouping = ReadGrouping();
        List<Expression> arguments = readArguments(Context);
        grouping ??= ReadGrouping();
        int expected = TakesParameter(name.Text) ? 2 : 1;
        if (arguments.Count == 0) throw tokens.Fail(name.Position, "no arguments for aggregate expression provided");
        if (arguments.Count != expected)
        {
            throw tokens.Fail(
                name.Position,
                $"wrong number of arguments for aggregate expression provided, expected {expected}, got {arguments.Count}");
        }

        Expression operand = arguments[^1];
        Expression? parameter = expected == 2 ? arguments[0] : null;
        var node = new Aggregation(name.Position, name.Text, operand, parameter)
        {
            Grouping = grouping?.Labels ?? [],
            Without = grouping?.Without ?? false,
            Depth = TokenReader.DepthOver(operand, parameter),
        };
        types.Check(node);
        return tokens.Checked(node);
    }

    /// <summary>Reads label names in parentheses; words of the language can be label names too.</summary>
    public IReadOnlyList<string> ReadLabels(string context)
    {
        tokens.Expect(TokenKind.LeftParen, context, "\"(\"");
        var labels = new List<string>();
        while (tokens.Current.Kind != TokenKind.RightParen)
        {
            Token label = tokens.Current;
            if (label.Kind is not (TokenKind.Identifier or TokenKind.Keyword) || !LabelNames.IsValid(label.Text))
            {
                throw tokens.Unexpected(context, "label");
            }

            labels.Add(tokens.Written(tokens.Take()));
            if (tokens.Current.Kind != TokenKind.RightParen) tokens.Expect(TokenKind.Comma, context, "\",\" or \")\"");
        }

        tokens.Take();
        return labels;
    }

    private static bool TakesParameter(string name) => name is "topk" or "bottomk" or "count_values" or "quantile";

    private (IReadOnlyList<string> Labels, bool Without)? ReadGrouping()
    {
        if (tokens.TryTakeKeyword("by")) return (ReadLabels("grouping opts"), false);
        if (tokens.TryTakeKeyword("without")) return (ReadLabels("grouping opts"), true);
        return null;
    }
}
