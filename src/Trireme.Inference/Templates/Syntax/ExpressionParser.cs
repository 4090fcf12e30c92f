using Trireme.Contracts.Validation;
using Trireme.Inference.Templates.Library;

namespace Trireme.Inference.Templates.Syntax;

/// <summary>Parses expressions by recursive descent, one method per precedence level, from loosest to tightest.</summary>
internal sealed class ExpressionParser
{
    private readonly TokenCursor _cursor;
    private readonly OperandParser _operands;

    // Found outside of if statements, but perhaps in the condition or a branch of an inline one.
    private readonly List<ChatTemplateException> _problems = [];

    public ExpressionParser(TokenCursor cursor)
    {
        _cursor = cursor;
        _operands = new OperandParser(cursor, this);
    }

    /// <summary>
    /// How many if statements surround the parser. As in Jinja, an unknown filter or test fails at once outside of conditions and only
    /// when it is reached inside, so templates can guard what not every engine has.
    /// </summary>
    public int GuardDepth { get; set; }

    /// <summary>Names of variables in the expressions so far.</summary>
    public HashSet<string> NamesRead { get; set; } = [];

    /// <summary>Texts in the expressions so far, which may be keys.</summary>
    public HashSet<string> TextsRead { get; } = [];

    /// <summary>a if test else b</summary>
    public TemplateExpression Parse()
    {
        _cursor.PushDepth();
        int problems = _problems.Count;
        TemplateExpression value = ParseOr();
        while (_cursor.IsName("if"))
        {
            int line = _cursor.Take().Line;
            TemplateExpression test = ParseOr();
            TemplateExpression? otherwise = _cursor.TryTakeName("else") ? Parse() : null;
            value = new ConditionalExpression(line, test, value, otherwise);
            _problems.RemoveRange(problems, _problems.Count - problems);
        }

        _cursor.PopDepth();
        return value;
    }

    /// <summary>One expression, or several separated by commas, which make a tuple.</summary>
    public TemplateExpression ParseTuple(bool withConditional = true)
    {
        int line = _cursor.Line;
        TemplateExpression first = withConditional ? Parse() : ParseOr();
        if (!_cursor.IsOperator(",")) return first;
        List<TemplateExpression> items = [first];
        while (_cursor.TryTakeOperator(",") && !EndsTuple()) items.Add(withConditional ? Parse() : ParseOr());
        return new ListExpression(line, items, isTuple: true);
    }

    /// <summary>A filter's name and arguments, after the bar.</summary>
    public TemplateExpression ParseFilter(TemplateExpression input)
    {
        int line = _cursor.Line;
        string name = _cursor.ExpectIdentifier("the name of a filter");
        ArgumentList arguments = _cursor.IsOperator("(") ? _operands.ParseArguments() : ArgumentList.Empty;
        return FilterTable.TryGet(name, out Filter? filter)
            ? new FilterExpression(line, filter, input, arguments)
            : Unknown("filter", name, FilterTable.Names, line);
    }

    /// <summary>Fails for what is not supported in the expressions since the last call and stands outside of every condition.</summary>
    public void ThrowProblems()
    {
        if (_problems.Count > 0) throw _problems[0];
    }

    /// <summary>Something of Jinja's that this engine lacks.</summary>
    public UnsupportedExpression Unsupported(string what, string name, int line, string hint = "")
    {
        string problem = $"the {what} '{name}' is not supported.{hint}";
        if (GuardDepth == 0) _problems.Add(new ChatTemplateException(line, problem));
        return new UnsupportedExpression(line, problem);
    }

    private bool EndsTuple() => _cursor.Current.Kind is TemplateTokenKind.BlockEnd or TemplateTokenKind.OutputEnd
        || _cursor.IsOperator(")") || _cursor.IsOperator("=") || _cursor.IsName("in");

    private TemplateExpression ParseOr()
    {
        TemplateExpression left = ParseAnd();
        while (_cursor.IsName("or")) left = new LogicExpression(_cursor.Take().Line, left, ParseAnd(), isAnd: false);
        return left;
    }

    private TemplateExpression ParseAnd()
    {
        TemplateExpression left = ParseNot();
        while (_cursor.IsName("and")) left = new LogicExpression(_cursor.Take().Line, left, ParseNot(), isAnd: true);
        return left;
    }

    private TemplateExpression ParseNot()
    {
        if (!_cursor.IsName("not")) return ParseComparison();
        _cursor.PushDepth();
        TemplateExpression result = new NotExpression(_cursor.Take().Line, ParseNot());
        _cursor.PopDepth();
        return result;
    }

    /// <summary>Comparisons chain as in Python: a &lt; b &lt; c means both.</summary>
    private TemplateExpression ParseComparison()
    {
        int line = _cursor.Line;
        TemplateExpression first = ParseSum();
        List<(ComparisonKind Kind, TemplateExpression Right)> rest = [];
        while (TakeComparison() is { } kind) rest.Add((kind, ParseSum()));
        return rest.Count == 0 ? first : new ComparisonExpression(line, first, rest);
    }

    private ComparisonKind? TakeComparison()
    {
        ComparisonKind? kind = _cursor.Current switch
        {
            { Kind: TemplateTokenKind.Operator, Text: "==" } => ComparisonKind.Equal,
            { Kind: TemplateTokenKind.Operator, Text: "!=" } => ComparisonKind.NotEqual,
            { Kind: TemplateTokenKind.Operator, Text: "<" } => ComparisonKind.Less,
            { Kind: TemplateTokenKind.Operator, Text: "<=" } => ComparisonKind.LessOrEqual,
            { Kind: TemplateTokenKind.Operator, Text: ">" } => ComparisonKind.Greater,
            { Kind: TemplateTokenKind.Operator, Text: ">=" } => ComparisonKind.GreaterOrEqual,
            { Kind: TemplateTokenKind.Name, Text: "in" } => ComparisonKind.In,
            { Kind: TemplateTokenKind.Name, Text: "not" } when _cursor.Peek() is { Kind: TemplateTokenKind.Name, Text: "in" } =>
                ComparisonKind.NotIn,
            _ => null,
        };
        if (kind is not null) _cursor.Take();
        if (kind is ComparisonKind.NotIn) _cursor.Take();
        return kind;
    }

    private TemplateExpression ParseSum()
    {
        TemplateExpression left = ParseConcatenation();
        while (_cursor.IsOperator("+") || _cursor.IsOperator("-")) left = Binary(left, ParseConcatenation);
        return left;
    }

    private TemplateExpression ParseConcatenation()
    {
        TemplateExpression left = ParseProduct();
        while (_cursor.IsOperator("~")) left = Binary(left, ParseProduct);
        return left;
    }

    private TemplateExpression ParseProduct()
    {
        TemplateExpression left = ParsePower();
        while (_cursor.IsOperator("*") || _cursor.IsOperator("/") || _cursor.IsOperator("//") || _cursor.IsOperator("%"))
        {
            left = Binary(left, ParsePower);
        }

        return left;
    }

    private TemplateExpression ParsePower()
    {
        TemplateExpression left = ParseUnary(withFilters: true);
        while (_cursor.IsOperator("**")) left = Binary(left, () => ParseUnary(withFilters: true));
        return left;
    }

    private BinaryExpression Binary(TemplateExpression left, Func<TemplateExpression> parseRight)
    {
        TemplateToken token = _cursor.Take();
        return new BinaryExpression(token.Line, left, token.Text, parseRight());
    }

    private TemplateExpression ParseUnary(bool withFilters)
    {
        TemplateExpression value;
        if (_cursor.IsOperator("-") || _cursor.IsOperator("+"))
        {
            _cursor.PushDepth();
            TemplateToken token = _cursor.Take();
            value = new SignExpression(token.Line, ParseUnary(withFilters: false), isNegative: token.Text == "-");
            _cursor.PopDepth();
        }
        else
        {
            value = _operands.ParsePrimary();
        }

        value = _operands.ParsePostfix(value);
        while (withFilters)
        {
            if (_cursor.TryTakeOperator("|")) value = ParseFilter(value);
            else if (_cursor.IsName("is")) value = ParseTest(value);
            else if (_cursor.IsOperator("(")) value = new CallExpression(_cursor.Line, value, _operands.ParseArguments());
            else break;
        }

        return value;
    }

    private TemplateExpression ParseTest(TemplateExpression value)
    {
        int line = _cursor.Take().Line;
        bool negated = _cursor.TryTakeName("not");
        string name = _cursor.ExpectIdentifier("the name of a test");
        ArgumentList arguments = ArgumentList.Empty;
        if (_cursor.IsOperator("(")) arguments = _operands.ParseArguments();
        else if (StartsTestArgument()) arguments = new ArgumentList([_operands.ParsePostfix(_operands.ParsePrimary())], []);
        TemplateExpression result = TestTable.TryGet(name, out Test? test)
            ? new TestExpression(line, test, value, arguments)
            : Unknown("test", name, TestTable.Names, line);
        return negated ? new NotExpression(line, result) : result;
    }

    /// <summary>A test's single argument may stand without parentheses: x is divisibleby 3.</summary>
    private bool StartsTestArgument() => _cursor.Current.Kind switch
    {
        TemplateTokenKind.Name => !OperandParser.IsReserved(_cursor.Current.Text),
        TemplateTokenKind.String or TemplateTokenKind.Integer or TemplateTokenKind.Float => true,
        TemplateTokenKind.Operator => _cursor.Current.Text is "[" or "{",
        _ => false,
    };

    private UnsupportedExpression Unknown(string what, string name, IReadOnlyCollection<string> known, int line)
    {
        string hint = NearestName.Find(name, known) is { } nearest ? $" Did you mean '{nearest}'?" : "";
        return Unsupported(what, name, line, hint);
    }
}
