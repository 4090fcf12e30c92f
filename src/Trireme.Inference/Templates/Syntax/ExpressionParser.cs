using System.Globalization;
using Trireme.Contracts.Validation;
using Trireme.Inference.Templates.Library;

namespace Trireme.Inference.Templates.Syntax;

/// <summary>Parses expressions by recursive descent, one method per precedence level, from loosest to tightest.</summary>
internal sealed class ExpressionParser(TokenCursor cursor)
{
    private static readonly HashSet<string> Reserved = ["and", "or", "not", "in", "is", "if", "else"];

    /// <summary>a if test else b</summary>
    public Expression Parse()
    {
        cursor.Enter();
        Expression value = ParseOr();
        while (cursor.IsName("if"))
        {
            int line = cursor.Take().Line;
            Expression test = ParseOr();
            Expression? otherwise = cursor.TryTakeName("else") ? Parse() : null;
            value = new ConditionalExpression(line, test, value, otherwise);
        }

        cursor.Leave();
        return value;
    }

    /// <summary>One expression, or several separated by commas, which make a list.</summary>
    public Expression ParseTuple(bool withConditional = true)
    {
        int line = cursor.Line;
        Expression first = withConditional ? Parse() : ParseOr();
        if (!cursor.IsOperator(",")) return first;
        List<Expression> items = [first];
        while (cursor.TryTakeOperator(",") && !EndsTuple()) items.Add(withConditional ? Parse() : ParseOr());
        return new ListExpression(line, items);
    }

    /// <summary>A filter's name and arguments, after the bar.</summary>
    public Expression ParseFilter(Expression input)
    {
        int line = cursor.Line;
        string name = cursor.ExpectIdentifier("the name of a filter");
        if (!FilterTable.TryGet(name, out Filter? filter)) throw Unknown("filter", name, FilterTable.Names, line);
        ArgumentList arguments = cursor.IsOperator("(") ? ParseArguments() : ArgumentList.Empty;
        return new FilterExpression(line, filter, input, arguments);
    }

    private bool EndsTuple() => cursor.Current.Kind is TokenKind.BlockEnd or TokenKind.OutputEnd
        || cursor.IsOperator(")") || cursor.IsOperator("=") || cursor.IsName("in");

    private Expression ParseOr()
    {
        Expression left = ParseAnd();
        while (cursor.IsName("or")) left = new LogicExpression(cursor.Take().Line, left, ParseAnd(), isAnd: false);
        return left;
    }

    private Expression ParseAnd()
    {
        Expression left = ParseNot();
        while (cursor.IsName("and")) left = new LogicExpression(cursor.Take().Line, left, ParseNot(), isAnd: true);
        return left;
    }

    private Expression ParseNot()
    {
        if (!cursor.IsName("not")) return ParseComparison();
        cursor.Enter();
        Expression result = new NotExpression(cursor.Take().Line, ParseNot());
        cursor.Leave();
        return result;
    }

    /// <summary>Comparisons chain as in Python: a &lt; b &lt; c means both.</summary>
    private Expression ParseComparison()
    {
        int line = cursor.Line;
        Expression first = ParseSum();
        List<(ComparisonKind Kind, Expression Right)> rest = [];
        while (TakeComparison() is { } kind) rest.Add((kind, ParseSum()));
        return rest.Count == 0 ? first : new ComparisonExpression(line, first, rest);
    }

    private ComparisonKind? TakeComparison()
    {
        ComparisonKind? kind = cursor.Current switch
        {
            { Kind: TokenKind.Operator, Text: "==" } => ComparisonKind.Equal,
            { Kind: TokenKind.Operator, Text: "!=" } => ComparisonKind.NotEqual,
            { Kind: TokenKind.Operator, Text: "<" } => ComparisonKind.Less,
            { Kind: TokenKind.Operator, Text: "<=" } => ComparisonKind.LessOrEqual,
            { Kind: TokenKind.Operator, Text: ">" } => ComparisonKind.Greater,
            { Kind: TokenKind.Operator, Text: ">=" } => ComparisonKind.GreaterOrEqual,
            { Kind: TokenKind.Name, Text: "in" } => ComparisonKind.In,
            { Kind: TokenKind.Name, Text: "not" } when cursor.Peek() is { Kind: TokenKind.Name, Text: "in" } => ComparisonKind.NotIn,
            _ => null,
        };
        if (kind is not null) cursor.Take();
        if (kind is ComparisonKind.NotIn) cursor.Take();
        return kind;
    }

    private Expression ParseSum()
    {
        Expression left = ParseConcatenation();
        while (cursor.IsOperator("+") || cursor.IsOperator("-")) left = Binary(left, ParseConcatenation);
        return left;
    }

    private Expression ParseConcatenation()
    {
        Expression left = ParseProduct();
        while (cursor.IsOperator("~")) left = Binary(left, ParseProduct);
        return left;
    }

    private Expression ParseProduct()
    {
        Expression left = ParsePower();
        while (cursor.IsOperator("*") || cursor.IsOperator("/") || cursor.IsOperator("//") || cursor.IsOperator("%"))
        {
            left = Binary(left, ParsePower);
        }

        return left;
    }

    private Expression ParsePower()
    {
        Expression left = ParseUnary(withFilters: true);
        while (cursor.IsOperator("**")) left = Binary(left, () => ParseUnary(withFilters: true));
        return left;
    }

    private BinaryExpression Binary(Expression left, Func<Expression> parseRight)
    {
        TemplateToken token = cursor.Take();
        return new BinaryExpression(token.Line, left, token.Text, parseRight());
    }

    private Expression ParseUnary(bool withFilters)
    {
        Expression value;
        if (cursor.IsOperator("-") || cursor.IsOperator("+"))
        {
            cursor.Enter();
            TemplateToken token = cursor.Take();
            value = new SignExpression(token.Line, ParseUnary(withFilters: false), isNegative: token.Text == "-");
            cursor.Leave();
        }
        else
        {
            value = ParsePrimary();
        }

        value = ParsePostfix(value);
        while (withFilters)
        {
            if (cursor.TryTakeOperator("|")) value = ParseFilter(value);
            else if (cursor.IsName("is")) value = ParseTest(value);
            else if (cursor.IsOperator("(")) value = new CallExpression(cursor.Line, value, ParseArguments());
            else break;
        }

        return value;
    }

    private Expression ParsePrimary()
    {
        TemplateToken token = cursor.Current;
        switch (token.Kind)
        {
            case TokenKind.Name when !Reserved.Contains(token.Text):
                cursor.Take();
                return token.Text switch
                {
                    "true" or "True" => new LiteralExpression(token.Line, true),
                    "false" or "False" => new LiteralExpression(token.Line, false),
                    "none" or "None" => new LiteralExpression(token.Line, null),
                    _ => new NameExpression(token.Line, token.Text),
                };
            case TokenKind.String:
                string text = cursor.Take().Text;
                // Adjacent literals are one, as in Python.
                while (cursor.Current.Kind == TokenKind.String) text += cursor.Take().Text;
                return new LiteralExpression(token.Line, text);
            case TokenKind.Integer:
                cursor.Take();
                return long.TryParse(token.Text, NumberStyles.None, CultureInfo.InvariantCulture, out long integer)
                    ? new LiteralExpression(token.Line, integer)
                    : throw new ChatTemplateException(token.Line, $"{token.Text} is beyond 64 bits.");
            case TokenKind.Float:
                cursor.Take();
                return new LiteralExpression(token.Line, double.Parse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture));
            case TokenKind.Operator when token.Text is "(":
                return ParseParentheses();
            case TokenKind.Operator when token.Text is "[":
                return ParseList();
            case TokenKind.Operator when token.Text is "{":
                return ParseMap();
            default:
                throw cursor.Expected("an expression");
        }
    }

    private Expression ParseParentheses()
    {
        int line = cursor.Take().Line;
        if (cursor.TryTakeOperator(")")) return new ListExpression(line, []);
        Expression inner = ParseTuple();
        cursor.ExpectOperator(")");
        return inner;
    }

    private ListExpression ParseList()
    {
        int line = cursor.Take().Line;
        var items = new List<Expression>();
        while (!cursor.TryTakeOperator("]"))
        {
            items.Add(Parse());
            if (!cursor.IsOperator("]")) cursor.ExpectOperator(",");
        }

        return new ListExpression(line, items);
    }

    private MapExpression ParseMap()
    {
        int line = cursor.Take().Line;
        var entries = new List<(Expression Key, Expression Value)>();
        while (!cursor.TryTakeOperator("}"))
        {
            Expression key = Parse();
            cursor.ExpectOperator(":");
            entries.Add((key, Parse()));
            if (!cursor.IsOperator("}")) cursor.ExpectOperator(",");
        }

        return new MapExpression(line, entries);
    }

    private Expression ParsePostfix(Expression value)
    {
        while (true)
        {
            int line = cursor.Line;
            if (cursor.TryTakeOperator("."))
            {
                value = cursor.Current.Kind == TokenKind.Integer
                    ? new ItemExpression(line, value, ParsePrimary())
                    : new AttributeExpression(line, value, cursor.ExpectIdentifier("an attribute's name"));
            }
            else if (cursor.TryTakeOperator("["))
            {
                value = ParseSubscript(line, value);
                cursor.ExpectOperator("]");
            }
            else if (cursor.IsOperator("("))
            {
                value = new CallExpression(line, value, ParseArguments());
            }
            else
            {
                return value;
            }
        }
    }

    private Expression ParseSubscript(int line, Expression target)
    {
        Expression? start = cursor.IsOperator(":") ? null : Parse();
        if (!cursor.TryTakeOperator(":")) return new ItemExpression(line, target, start!);
        Expression? stop = cursor.IsOperator(":") || cursor.IsOperator("]") ? null : Parse();
        Expression? step = cursor.TryTakeOperator(":") && !cursor.IsOperator("]") ? Parse() : null;
        return new SliceExpression(line, target, start, stop, step);
    }

    private Expression ParseTest(Expression value)
    {
        int line = cursor.Take().Line;
        bool negated = cursor.TryTakeName("not");
        string name = cursor.ExpectIdentifier("the name of a test");
        if (!TestTable.TryGet(name, out Test? test)) throw Unknown("test", name, TestTable.Names, line);
        ArgumentList arguments = ArgumentList.Empty;
        if (cursor.IsOperator("(")) arguments = ParseArguments();
        else if (StartsTestArgument()) arguments = new ArgumentList([ParsePostfix(ParsePrimary())], []);
        Expression result = new TestExpression(line, test, value, arguments);
        return negated ? new NotExpression(line, result) : result;
    }

    /// <summary>A test's single argument may stand without parentheses: x is divisibleby 3.</summary>
    private bool StartsTestArgument() => cursor.Current.Kind switch
    {
        TokenKind.Name => !Reserved.Contains(cursor.Current.Text),
        TokenKind.String or TokenKind.Integer or TokenKind.Float => true,
        TokenKind.Operator => cursor.Current.Text is "[" or "{",
        _ => false,
    };

    private ArgumentList ParseArguments()
    {
        cursor.ExpectOperator("(");
        var positional = new List<Expression>();
        var named = new List<(string Name, Expression Value)>();
        while (!cursor.TryTakeOperator(")"))
        {
            if (cursor.IsOperator("*") || cursor.IsOperator("**")) throw cursor.Error("unpacking arguments with '*' is not supported.");
            if (cursor.Current.Kind == TokenKind.Name && cursor.Peek() is { Kind: TokenKind.Operator, Text: "=" })
            {
                string name = cursor.Take().Text;
                cursor.Take();
                named.Add((name, Parse()));
            }
            else if (named.Count > 0)
            {
                throw cursor.Error("an argument without a name follows one with a name.");
            }
            else
            {
                positional.Add(Parse());
            }

            if (!cursor.IsOperator(")")) cursor.ExpectOperator(",");
        }

        return new ArgumentList(positional, named);
    }

    private static ChatTemplateException Unknown(string what, string name, IReadOnlyCollection<string> known, int line)
    {
        string hint = NearestName.Find(name, known) is { } nearest ? $" Did you mean '{nearest}'?" : "";
        return new ChatTemplateException(line, $"the {what} '{name}' is not supported.{hint}");
    }
}
