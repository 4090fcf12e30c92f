using Trireme.Telemetry.Model;
using Trireme.Telemetry.Patterns;
using Trireme.Telemetry.Storage;

namespace Trireme.Telemetry.PromQL.Syntax;

/// <summary>Reads selectors and what may follow any expression: ranges, subqueries, offset and <c>@</c>.</summary>
internal sealed class SelectorParser(TokenReader tokens)
{
    public VectorSelector Read(string? name, int position)
    {
        var matchers = new List<LabelMatcher>();
        if (tokens.Current.Kind == TokenKind.LeftBrace) ReadMatchers(matchers);
        if (name is not null)
        {
            foreach (LabelMatcher matcher in matchers)
            {
                if (matcher.Name != LabelNames.MetricName) continue;
                throw tokens.Fail(
                    position,
                    $"metric name must not be set twice: {TextQuoting.Quote(name)} or {TextQuoting.Quote(matcher.Value)}");
            }

            matchers.Add(LabelMatcher.Create(MatchKind.Equal, LabelNames.MetricName, name));
        }

        if (matchers.TrueForAll(static matcher => matcher.MatchesEmpty))
        {
            throw tokens.Fail(position, "vector selector must contain at least one non-empty matcher");
        }

        return new VectorSelector(position, name, matchers);
    }

    /// <summary>Reads all modifiers after an expression.</summary>
    public Expression ReadModifiers(Expression expression)
    {
        int count = 0;
        while (true)
        {
            if (++count > TokenReader.MaxDepth) throw tokens.Fail(expression.Position, "the expression has too many modifiers");
            switch (tokens.Current)
            {
                case { Kind: TokenKind.LeftBracket }:
                    expression = ReadRange(expression);
                    break;
                case { Kind: TokenKind.At }:
                    expression = ReadAnchor(expression);
                    break;
                case var token when token.IsKeyword("offset"):
                    expression = ReadOffset(expression);
                    break;
                default:
                    return expression;
            }
        }
    }

    public string Unquote(in Token literal) =>
        StringUnquoting.Unquote(literal.Text)
        ?? throw tokens.Fail(literal.Position, $"error unquoting string {TextQuoting.Quote(literal.Text)}: invalid syntax");

    private void ReadMatchers(List<LabelMatcher> matchers)
    {
        const string Context = "label matching";
        tokens.Take();
        while (tokens.Current.Kind != TokenKind.RightBrace)
        {
            Token name = tokens.Expect(TokenKind.Identifier, Context, "identifier or \"}\"");
            MatchKind kind = tokens.Current switch
            {
                { Kind: TokenKind.Operator, Text: "=" } => MatchKind.Equal,
                { Kind: TokenKind.Operator, Text: "!=" } => MatchKind.NotEqual,
                { Kind: TokenKind.Operator, Text: "=~" } => MatchKind.Regex,
                { Kind: TokenKind.Operator, Text: "!~" } => MatchKind.NotRegex,
                _ => throw tokens.Unexpected(Context, "label matching operator"),
            };
            tokens.Take();
            Token value = tokens.Expect(TokenKind.Text, Context, "string");
            matchers.Add(Create(kind, name.Text, value));
            if (tokens.Current.Kind != TokenKind.RightBrace) tokens.Expect(TokenKind.Comma, Context, "\",\" or \"}\"");
        }

        tokens.Take();
    }

    private LabelMatcher Create(MatchKind kind, string name, in Token value)
    {
        try
        {
            return LabelMatcher.Create(kind, name, Unquote(value));
        }
        catch (PatternException exception)
        {
            throw tokens.Fail(value.Position, exception.Message);
        }
    }

    private Expression ReadRange(Expression expression)
    {
        Token open = tokens.Take();
        long range = ReadDuration("subquery selector", "duration");
        if (tokens.TryTake(TokenKind.Colon))
        {
            bool named = tokens.Current.Kind != TokenKind.RightBracket;
            long? resolution = named ? ReadDuration("subquery selector", "duration or \"]\"") : null;
            tokens.Expect(TokenKind.RightBracket, "subquery selector", "\"]\"");
            if (expression.Kind != ValueKind.Vector)
            {
                throw tokens.Fail(
                    expression.Position,
                    $"subquery is only allowed on instant vector, got {expression.Kind.Documented()} instead");
            }

            return tokens.Checked(new Subquery(expression.Position, expression, range, resolution)
            {
                Depth = TokenReader.DepthOver(expression),
            });
        }

        tokens.Expect(TokenKind.RightBracket, "matrix selector", "\":\" or \"]\"");
        return expression switch
        {
            VectorSelector { OffsetMs: not null } => throw tokens.Fail(open.Position, "no offset modifiers allowed before range"),
            VectorSelector { At: not null } => throw tokens.Fail(open.Position, "no @ modifiers allowed before range"),
            VectorSelector selector => new MatrixSelector(expression.Position, selector, range),
            _ => throw tokens.Fail(open.Position, "ranges only allowed for vector selectors"),
        };
    }

    private Expression ReadOffset(Expression expression)
    {
        Token word = tokens.Take();
        bool negative = tokens.Current.IsOperator("-");
        if (negative || tokens.Current.IsOperator("+")) tokens.Take();
        long offset = ReadDuration("offset", "duration") * (negative ? -1 : 1);
        return Modify(
            expression,
            word.Position,
            "offset modifier",
            "offset may not be set multiple times",
            selector => selector.OffsetMs is null ? selector with { OffsetMs = offset } : null,
            subquery => subquery.OffsetMs is null ? subquery with { OffsetMs = offset } : null);
    }

    private Expression ReadAnchor(Expression expression)
    {
        Token sign = tokens.Take();
        TimeAnchor anchor = ReadAnchorTime();
        return Modify(
            expression,
            sign.Position,
            "@ modifier",
            "@ <timestamp> may not be set multiple times",
            selector => selector.At is null ? selector with { At = anchor } : null,
            subquery => subquery.At is null ? subquery with { At = anchor } : null);
    }

    /// <summary>What a modifier makes of the selector or subquery before it, both null where it is there already.</summary>
    private Expression Modify(
        Expression expression,
        int position,
        string modifier,
        string repeated,
        Func<VectorSelector, VectorSelector?> ofSelector,
        Func<Subquery, Subquery?> ofSubquery)
    {
        Expression? modified = expression switch
        {
            VectorSelector selector => ofSelector(selector),
            MatrixSelector matrix => ofSelector(matrix.Selector) is { } inner ? matrix with { Selector = inner } : null,
            Subquery subquery => ofSubquery(subquery),
            _ => throw tokens.Fail(
                position, $"{modifier} must be preceded by an instant vector selector or range vector selector or a subquery"),
        };
        return modified ?? throw tokens.Fail(position, repeated);
    }

    private TimeAnchor ReadAnchorTime()
    {
        const string Context = "@";
        if (tokens.Current.IsKeyword("start") || tokens.Current.IsKeyword("end"))
        {
            bool start = tokens.Take().Text == "start";
            tokens.Expect(TokenKind.LeftParen, Context, "\"(\"");
            tokens.Expect(TokenKind.RightParen, Context, "\")\"");
            return start ? new TimeAnchor.QueryStart() : new TimeAnchor.QueryEnd();
        }

        bool negative = tokens.Current.IsOperator("-");
        if (negative || tokens.Current.IsOperator("+")) tokens.Take();
        Token number = tokens.Expect(TokenKind.Number, Context, "timestamp");
        if (!FloatText.TryParse(number.Text, out double seconds) || !(Math.Abs(seconds) < TimeBounds.MaxSeconds))
        {
            throw tokens.Fail(number.Position, $"timestamp out of bounds for @ modifier: {number.Text}");
        }

        double milliseconds = (negative ? -seconds : seconds) * 1000;
        return new TimeAnchor.Fixed((long)Math.Round(milliseconds, MidpointRounding.AwayFromZero));
    }

    private long ReadDuration(string context, string expected)
    {
        Token token = tokens.Expect(TokenKind.Duration, context, expected);
        if (!PromDuration.TryParse(token.Text, out long milliseconds))
        {
            throw tokens.Fail(token.Position, $"not a valid duration string: {TextQuoting.Quote(token.Text)}");
        }

        return milliseconds > 0 ? milliseconds : throw tokens.Fail(token.Position, "duration must be greater than 0");
    }
}
