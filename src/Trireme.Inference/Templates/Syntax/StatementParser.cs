using Trireme.Contracts.Validation;
using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Syntax;

/// <summary>Parses a whole template.</summary>
internal sealed class StatementParser
{
    private static readonly string[] Known =
    [
        "if", "for", "set", "macro", "call", "filter", "with", "block", "autoescape", "break", "continue", "generation", "raw",
    ];

    private readonly TokenCursor _cursor;
    private readonly ExpressionParser _expressions;
    private int _loops;

    public StatementParser(string source)
    {
        _cursor = new TokenCursor(TemplateLexer.Tokenize(source));
        _expressions = new ExpressionParser(_cursor);
    }

    /// <summary>Whether the template goes through the parts of a message's content itself.</summary>
    public bool IteratesContent { get; private set; }

    /// <summary>Whether the template reads the variable that holds the tool definitions.</summary>
    public bool ReadsTools => _expressions.NamesRead.Contains("tools");

    /// <summary>Whether the template looks for the tool definitions in messages instead.</summary>
    public bool ReadsToolsOfMessages => !ReadsTools && _expressions.TextsRead.Contains("tools");

    public Block Parse() => ParseBlock("the end of the template");

    /// <summary>Statements up to a block tag with one of these names, which stays current; without names, up to the end.</summary>
    private Block ParseBlock(string awaited, params ReadOnlySpan<string> endings)
    {
        _cursor.PushDepth();
        var statements = new List<TemplateStatement>();
        while (true)
        {
            TemplateToken token = _cursor.Take();
            switch (token.Kind)
            {
                case TemplateTokenKind.Text:
                    statements.Add(new TextStatement(token.Line, token.Text));
                    break;
                case TemplateTokenKind.OutputBegin:
                    statements.Add(new OutputStatement(token.Line, _expressions.ParseTuple()));
                    _cursor.Expect(TemplateTokenKind.OutputEnd, "}}");
                    _expressions.ThrowProblems();
                    break;
                case TemplateTokenKind.BlockBegin
                    when _cursor.Current.Kind == TemplateTokenKind.Name && endings.Contains(_cursor.Current.Text):
                    _cursor.PopDepth();
                    return new Block(statements);
                case TemplateTokenKind.BlockBegin:
                    statements.Add(ParseStatement());
                    break;
                case TemplateTokenKind.End when endings.IsEmpty:
                    _cursor.PopDepth();
                    return new Block(statements);
                default:
                    throw new ChatTemplateException(token.Line, $"expected {awaited}, found {token}.");
            }
        }
    }

    private TemplateStatement ParseStatement()
    {
        int line = _cursor.Line;
        string keyword = _cursor.ExpectIdentifier("a statement");
        switch (keyword)
        {
            case "if":
                return ParseIf(line);
            case "for":
                return ParseFor(line);
            case "set":
                return ParseSet(line);
            case "macro":
                return ParseMacro(line);
            case "call":
                return ParseCall(line);
            case "filter":
                return ParseFilterBlock(line);
            case "with":
                return ParseWith(line);
            case "block":
                return ParseNamedBlock(line);
            case "generation":
                // Marks the assistant's part for training; rendering shows its body.
                return new BlockStatement(line, ParseBody("endgeneration"));
            case "autoescape":
                if (!_cursor.TryTakeName("false") && !_cursor.TryTakeName("False")) throw _cursor.Error("'autoescape' is not supported.");
                return new BlockStatement(line, ParseBody("endautoescape"));
            case "break" or "continue" when _loops > 0:
                EndTag();
                return new LoopControlStatement(line, keyword == "break" ? Flow.Break : Flow.Continue);
            case "break" or "continue":
                throw new ChatTemplateException(line, $"'{keyword}' is outside a loop.");
            default:
                string hint = NearestName.Find(keyword, Known) is { } nearest ? $" Did you mean '{nearest}'?" : "";
                throw new ChatTemplateException(line, $"the statement '{keyword}' is not supported here.{hint}");
        }
    }

    private IfStatement ParseIf(int line)
    {
        var branches = new List<(TemplateExpression Test, Block Body)>();
        Block? otherwise = null;
        _expressions.GuardDepth++;
        do
        {
            TemplateExpression test = _expressions.ParseTuple();
            EndTag();
            branches.Add((test, ParseBlock("'endif'", "elif", "else", "endif")));
        }
        while (_cursor.TryTakeName("elif"));

        if (_cursor.TryTakeName("else"))
        {
            EndTag();
            otherwise = ParseBlock("'endif'", "endif");
        }

        _expressions.GuardDepth--;
        EndBlock("endif");
        return new IfStatement(line, branches, otherwise);
    }

    private ForStatement ParseFor(int line)
    {
        AssignmentTarget target = ParseTarget();
        _cursor.ExpectName("in");
        TemplateExpression iterable = _expressions.ParseTuple(withConditional: false);
        IteratesContent |= iterable.IsContent;
        TemplateExpression? filter = _cursor.TryTakeName("if") ? _expressions.Parse() : null;
        bool isRecursive = _cursor.TryTakeName("recursive");
        EndTag();
        _loops++;
        Block body = ParseBlock("'endfor'", "else", "endfor");
        _loops--;
        Block? otherwise = null;
        if (_cursor.TryTakeName("else"))
        {
            EndTag();
            otherwise = ParseBlock("'endfor'", "endfor");
        }

        EndBlock("endfor");
        return new ForStatement(line, target, iterable, filter, body, otherwise) { IsRecursive = isRecursive };
    }

    private TemplateStatement ParseSet(int line)
    {
        AssignmentTarget target = ParseTarget();
        if (_cursor.TryTakeOperator("="))
        {
            TemplateExpression assigned = _expressions.ParseTuple();
            EndTag();
            return new SetStatement(line, target, assigned);
        }

        if (target is TupleTarget) throw _cursor.Expected("'='");
        TemplateExpression value = new CapturedExpression(line);
        while (_cursor.TryTakeOperator("|")) value = _expressions.ParseFilter(value);
        return new SetBlockStatement(line, target, ParseBody("endset"), value);
    }

    private FilterStatement ParseFilterBlock(int line)
    {
        TemplateExpression value = _expressions.ParseFilter(new CapturedExpression(line));
        while (_cursor.TryTakeOperator("|")) value = _expressions.ParseFilter(value);
        return new FilterStatement(line, ParseBody("endfilter"), value);
    }

    private WithStatement ParseWith(int line)
    {
        var variables = new List<(AssignmentTarget Target, TemplateExpression Value)>();
        while (_cursor.Current.Kind != TemplateTokenKind.BlockEnd)
        {
            if (variables.Count > 0) _cursor.ExpectOperator(",");
            AssignmentTarget target = ParseTarget();
            _cursor.ExpectOperator("=");
            variables.Add((target, _expressions.Parse()));
        }

        return new WithStatement(line, variables, ParseBody("endwith"));
    }

    private NamedBlockStatement ParseNamedBlock(int line)
    {
        string name = _cursor.ExpectIdentifier("the block's name");
        bool seesAll = _cursor.TryTakeName("scoped");
        _cursor.TryTakeName("required");
        EndTag();
        (int loops, _loops) = (_loops, 0);
        Block body = ParseBlock("'endblock'", "endblock");
        _loops = loops;
        _cursor.ExpectName("endblock");
        _cursor.TryTakeName(name);
        EndTag();
        return new NamedBlockStatement(line, body, seesAll);
    }

    private MacroStatement ParseMacro(int line)
    {
        string name = _cursor.ExpectIdentifier("the macro's name");
        MacroDefinition macro = ParseDefinition(name, ParseParameters(), "endmacro");
        return new MacroStatement(line, macro);
    }

    private CallStatement ParseCall(int line)
    {
        IReadOnlyList<MacroParameter> parameters = _cursor.IsOperator("(") ? ParseParameters() : [];
        if (_expressions.Parse() is not CallExpression call) throw new ChatTemplateException(line, "'call' needs the call of a macro.");
        return new CallStatement(line, call, ParseDefinition("caller", parameters, "endcall"));
    }

    private List<MacroParameter> ParseParameters()
    {
        _cursor.ExpectOperator("(");
        var parameters = new List<MacroParameter>();
        while (!_cursor.TryTakeOperator(")"))
        {
            string parameter = _cursor.ExpectIdentifier("a parameter's name");
            parameters.Add(new MacroParameter(parameter, _cursor.TryTakeOperator("=") ? _expressions.Parse() : null));
            if (!_cursor.IsOperator(")")) _cursor.ExpectOperator(",");
        }

        return parameters;
    }

    /// <summary>A body of its own, which no loop around it reaches, up to the tag that ends it and may repeat the name.</summary>
    private MacroDefinition ParseDefinition(string name, IReadOnlyList<MacroParameter> parameters, string end)
    {
        EndTag();
        HashSet<string> outer = _expressions.NamesRead;
        _expressions.NamesRead = [];
        (int loops, _loops) = (_loops, 0);
        Block body = ParseBlock($"'{end}'", end);
        _loops = loops;
        HashSet<string> names = _expressions.NamesRead;
        outer.UnionWith(names);
        _expressions.NamesRead = outer;
        _cursor.ExpectName(end);
        _cursor.TryTakeName(name);
        EndTag();
        return new MacroDefinition(name, parameters, body, names.Contains("varargs"), names.Contains("kwargs"));
    }

    /// <summary>One name, or several that a sequence is unpacked into, nested as far as parentheses say.</summary>
    private AssignmentTarget ParseTarget()
    {
        AssignmentTarget first = ParseSingleTarget();
        if (!_cursor.IsOperator(",")) return first;
        List<AssignmentTarget> targets = [first];
        while (_cursor.TryTakeOperator(","))
        {
            if (_cursor.IsName("in") || _cursor.IsOperator("=") || _cursor.IsOperator(")")) break;
            targets.Add(ParseSingleTarget());
        }

        return new TupleTarget(targets);
    }

    private AssignmentTarget ParseSingleTarget()
    {
        if (_cursor.TryTakeOperator("("))
        {
            _cursor.PushDepth();
            AssignmentTarget inner = ParseTarget();
            _cursor.ExpectOperator(")");
            _cursor.PopDepth();
            return inner;
        }

        string name = _cursor.ExpectIdentifier("a name");
        return _cursor.TryTakeOperator(".")
            ? new AttributeTarget(name, _cursor.ExpectIdentifier("an attribute's name"))
            : new NameTarget(name);
    }

    /// <summary>The rest of a tag, what follows it, and the tag that ends it.</summary>
    private Block ParseBody(string end)
    {
        EndTag();
        Block body = ParseBlock($"'{end}'", end);
        EndBlock(end);
        return body;
    }

    private void EndBlock(string keyword)
    {
        _cursor.ExpectName(keyword);
        EndTag();
    }

    private void EndTag()
    {
        _cursor.Expect(TemplateTokenKind.BlockEnd, "%}");
        _expressions.ThrowProblems();
    }
}
