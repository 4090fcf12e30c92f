using Trireme.Contracts.Validation;

namespace Trireme.Inference.Templates.Syntax;

/// <summary>Parses a whole template.</summary>
internal sealed class StatementParser
{
    private static readonly string[] Known = ["if", "for", "set", "macro", "break", "continue", "generation", "raw"];

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
            case "generation":
                // Marks the assistant's part for training; rendering shows its body.
                EndTag();
                Block body = ParseBlock("'endgeneration'", "endgeneration");
                EndBlock("endgeneration");
                return new BlockStatement(line, body);
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
        IReadOnlyList<string> targets = ParseTargets();
        _cursor.ExpectName("in");
        TemplateExpression iterable = _expressions.ParseTuple(withConditional: false);
        IteratesContent |= iterable.IsContent;
        TemplateExpression? filter = _cursor.TryTakeName("if") ? _expressions.Parse() : null;
        if (_cursor.IsName("recursive")) throw _cursor.Error("recursive loops are not supported; use a macro that calls itself.");
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
        return new ForStatement(line, targets, iterable, filter, body, otherwise);
    }

    private TemplateStatement ParseSet(int line)
    {
        if (_cursor.Peek() is { Kind: TemplateTokenKind.Operator, Text: "." })
        {
            string owner = _cursor.ExpectIdentifier("a name");
            _cursor.Take();
            string attribute = _cursor.ExpectIdentifier("an attribute's name");
            return new SetAttributeStatement(line, owner, attribute, ParseAssigned());
        }

        List<string> targets = ParseTargets();
        if (_cursor.IsOperator("=")) return new SetStatement(line, targets, ParseAssigned());
        if (targets.Count > 1) throw _cursor.Expected("'='");
        TemplateExpression captured = new CapturedExpression(line);
        TemplateExpression value = captured;
        while (_cursor.TryTakeOperator("|")) value = _expressions.ParseFilter(value);
        EndTag();
        Block body = ParseBlock("'endset'", "endset");
        EndBlock("endset");
        return new SetBlockStatement(line, targets[0], body, value);
    }

    private TemplateExpression ParseAssigned()
    {
        _cursor.ExpectOperator("=");
        TemplateExpression value = _expressions.ParseTuple();
        EndTag();
        return value;
    }

    private MacroStatement ParseMacro(int line)
    {
        string name = _cursor.ExpectIdentifier("the macro's name");
        _cursor.ExpectOperator("(");
        var parameters = new List<MacroParameter>();
        while (!_cursor.TryTakeOperator(")"))
        {
            string parameter = _cursor.ExpectIdentifier("a parameter's name");
            parameters.Add(new MacroParameter(parameter, _cursor.TryTakeOperator("=") ? _expressions.Parse() : null));
            if (!_cursor.IsOperator(")")) _cursor.ExpectOperator(",");
        }

        EndTag();
        (int loops, _loops) = (_loops, 0);
        Block body = ParseBlock("'endmacro'", "endmacro");
        _loops = loops;
        _cursor.ExpectName("endmacro");
        // The end tag may repeat the macro's name.
        _cursor.TryTakeName(name);
        EndTag();
        return new MacroStatement(line, name, parameters, body);
    }

    /// <summary>One name, or several that a sequence is unpacked into, with or without parentheses.</summary>
    private List<string> ParseTargets()
    {
        bool parenthesized = _cursor.TryTakeOperator("(");
        List<string> targets = [_cursor.ExpectIdentifier("a name")];
        while (_cursor.TryTakeOperator(",")) targets.Add(_cursor.ExpectIdentifier("a name"));
        if (parenthesized) _cursor.ExpectOperator(")");
        return targets;
    }

    private void EndBlock(string keyword)
    {
        _cursor.ExpectName(keyword);
        EndTag();
    }

    private void EndTag() => _cursor.Expect(TemplateTokenKind.BlockEnd, "%}");
}
