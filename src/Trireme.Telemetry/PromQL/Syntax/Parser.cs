using System.Globalization;
using Trireme.Telemetry.Model;
using Trireme.Telemetry.PromQL.Functions;

namespace Trireme.Telemetry.PromQL.Syntax;

/// <summary>
/// Reads Prometheus' query language by recursive descent with operator precedence. Types are checked as nodes are made, so that
/// what comes out can be evaluated.
/// </summary>
internal sealed class Parser
{
    private readonly TokenReader _tokens;
    private readonly TypeRules _types;
    private readonly SelectorParser _selectors;
    private readonly AggregationParser _aggregations;

    private Parser(string text)
    {
        _tokens = new TokenReader(text);
        _types = new TypeRules(_tokens);
        _selectors = new SelectorParser(_tokens);
        _aggregations = new AggregationParser(_tokens, _types, ReadArguments);
    }

    /// <exception cref="QueryException">The expression is malformed; the message names line and column.</exception>
    public static Expression Parse(string text)
    {
        var parser = new Parser(text);
        if (parser._tokens.Current.Kind == TokenKind.End) throw parser._tokens.Fail(0, "no expression found in input");
        Expression expression = parser.ReadExpression(minimumPrecedence: 1);
        return parser._tokens.Current.Kind == TokenKind.End ? expression : throw parser._tokens.Unexpected("");
    }

    private Expression ReadExpression(int minimumPrecedence)
    {
        _tokens.Enter();
        Expression left = ReadOperand();
        while (BinaryOperator.Find(_tokens.Current) is { } found && found.Precedence >= minimumPrecedence)
        {
            Token sign = _tokens.Take();
            bool returnsBool = _tokens.TryTakeKeyword("bool");
            VectorMatching matching = ReadMatching();
            bool bindsRight = found.Precedence == BinaryOperator.PowerPrecedence;
            Expression right = ReadExpression(bindsRight ? found.Precedence : found.Precedence + 1);
            var node = new Binary(left.Position, found, left, right, matching)
            {
                ReturnsBool = returnsBool,
                Depth = TokenReader.DepthOver(left, right),
            };
            _types.Check(node, sign.Position);
            left = _tokens.Checked(node);
        }

        _tokens.Leave();
        return left;
    }

    /// <summary>A sign binds like multiplication: tighter than addition, looser than power.</summary>
    private Expression ReadOperand()
    {
        Token sign = _tokens.Current;
        if (!sign.IsOperator("-") && !sign.IsOperator("+")) return _selectors.ReadModifiers(ReadPrimary());
        _tokens.Take();
        Expression operand = ReadExpression(BinaryOperator.PowerPrecedence);
        _types.CheckSigned(operand);
        if (sign.Text == "+") return operand;
        return operand is NumberLiteral number
            ? number with { Value = -number.Value, Position = sign.Position }
            : _tokens.Checked(new Negation(sign.Position, operand) { Depth = TokenReader.DepthOver(operand) });
    }

    private Expression ReadPrimary()
    {
        Token token = _tokens.Current;
        switch (token.Kind)
        {
            case TokenKind.Number:
                _tokens.Take();
                return new NumberLiteral(token.Position, ReadNumber(token));
            case TokenKind.Text:
                _tokens.Take();
                return new StringLiteral(token.Position, _selectors.Unquote(token));
            case TokenKind.LeftParen:
                return ReadParenthesized();
            case TokenKind.LeftBrace:
                return _selectors.Read(name: null, token.Position);
            case TokenKind.Identifier when _tokens.Peek.Kind == TokenKind.LeftParen:
                return ReadCall();
            case TokenKind.Keyword when _aggregations.StartsHere():
                return _aggregations.Read();
            case TokenKind.Identifier or TokenKind.MetricIdentifier:
            case TokenKind.Keyword when Keywords.CanNameMetric(token.Text):
                _tokens.Take();
                return _selectors.Read(_tokens.Written(token), token.Position);
            default:
                throw _tokens.Unexpected("");
        }
    }

    private Parenthesized ReadParenthesized()
    {
        Token open = _tokens.Take();
        Expression inner = ReadExpression(minimumPrecedence: 1);
        _tokens.Expect(TokenKind.RightParen, "parenthesized expression", "\")\"");
        return _tokens.Checked(new Parenthesized(open.Position, inner) { Depth = TokenReader.DepthOver(inner) });
    }

    private Call ReadCall()
    {
        Token name = _tokens.Take();
        if (FunctionTable.Find(name.Text) is not { } function)
        {
            throw _tokens.Fail(name.Position, $"unknown function with name {TextQuoting.Quote(name.Text)}");
        }

        List<Expression> arguments = ReadArguments("function call");
        int depth = 1;
        foreach (Expression argument in arguments) depth = Math.Max(depth, 1 + argument.Depth);
        var call = new Call(name.Position, function, arguments) { Depth = depth };
        _types.Check(call);
        return _tokens.Checked(call);
    }

    private List<Expression> ReadArguments(string context)
    {
        _tokens.Expect(TokenKind.LeftParen, context, "\"(\"");
        var arguments = new List<Expression>();
        while (_tokens.Current.Kind != TokenKind.RightParen)
        {
            if (arguments.Count > 0)
            {
                _tokens.Expect(TokenKind.Comma, context, "\",\" or \")\"");
                if (_tokens.Current.Kind == TokenKind.RightParen)
                {
                    throw _tokens.Fail(_tokens.Current.Position, "trailing commas not allowed in function call args");
                }
            }

            arguments.Add(ReadExpression(minimumPrecedence: 1));
        }

        _tokens.Take();
        return arguments;
    }

    private VectorMatching ReadMatching()
    {
        bool on = _tokens.Current.IsKeyword("on");
        if (!on && !_tokens.Current.IsKeyword("ignoring")) return VectorMatching.Default;
        _tokens.Take();
        IReadOnlyList<string> labels = _aggregations.ReadLabels("grouping opts");
        var cardinality = MatchCardinality.OneToOne;
        IReadOnlyList<string> include = [];
        if (_tokens.Current.IsKeyword("group_left") || _tokens.Current.IsKeyword("group_right"))
        {
            cardinality = _tokens.Take().Text == "group_left" ? MatchCardinality.ManyToOne : MatchCardinality.OneToMany;
            if (_tokens.Current.Kind == TokenKind.LeftParen) include = _aggregations.ReadLabels("grouping opts");
        }

        return new VectorMatching(on, labels, cardinality, include) { IsExplicit = true };
    }

    private double ReadNumber(in Token token)
    {
        string text = token.Text;
        if (text.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            return long.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long hex)
                ? hex
                : throw _tokens.Fail(token.Position, $"error parsing number: {text} is out of range");
        }

        if (text.Length > 1 && text[0] == '0' && text.AsSpan().IndexOfAnyExceptInRange('0', '7') < 0) return Octal(text);
        return FloatText.TryParse(text, out double value)
            ? value
            : throw _tokens.Fail(token.Position, $"error parsing number: {text}");
    }

    /// <summary>A leading zero makes a whole number octal, as in Go.</summary>
    private static double Octal(string text)
    {
        double value = 0;
        foreach (char digit in text) value = (value * 8) + digit - '0';
        return value;
    }
}
