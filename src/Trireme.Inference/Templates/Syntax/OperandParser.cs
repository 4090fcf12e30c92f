using System.Globalization;
using System.Text;

namespace Trireme.Inference.Templates.Syntax;

/// <summary>Parses what operators stand between: literals, names, brackets, and the attributes, items and calls after them.</summary>
internal sealed class OperandParser(TokenCursor cursor, ExpressionParser expressions)
{
    private static readonly HashSet<string> Reserved = ["and", "or", "not", "in", "is", "if", "else"];

    public static bool IsReserved(string name) => Reserved.Contains(name);

    public Expression ParsePrimary()
    {
        TemplateToken token = cursor.Current;
        switch (token.Kind)
        {
            case TokenKind.Name when !IsReserved(token.Text):
                cursor.Take();
                expressions.NamesRead.Add(token.Text);
                return token.Text switch
                {
                    "true" or "True" => new LiteralExpression(token.Line, true),
                    "false" or "False" => new LiteralExpression(token.Line, false),
                    "none" or "None" => new LiteralExpression(token.Line, null),
                    _ => new NameExpression(token.Line, token.Text),
                };
            case TokenKind.String:
                var text = new StringBuilder();
                // Adjacent literals are one, as in Python.
                while (cursor.Current.Kind == TokenKind.String) text.Append(cursor.Take().Text);
                expressions.TextsRead.Add(text.ToString());
                return new LiteralExpression(token.Line, text.ToString());
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
        if (cursor.TryTakeOperator(")")) return new ListExpression(line, [], isTuple: true);
        Expression inner = expressions.ParseTuple();
        cursor.ExpectOperator(")");
        return inner;
    }

    private ListExpression ParseList()
    {
        int line = cursor.Take().Line;
        var items = new List<Expression>();
        while (!cursor.TryTakeOperator("]"))
        {
            items.Add(expressions.Parse());
            if (!cursor.IsOperator("]")) cursor.ExpectOperator(",");
        }

        return new ListExpression(line, items, isTuple: false);
    }

    private MapExpression ParseMap()
    {
        int line = cursor.Take().Line;
        var entries = new List<(Expression Key, Expression Value)>();
        while (!cursor.TryTakeOperator("}"))
        {
            Expression key = expressions.Parse();
            cursor.ExpectOperator(":");
            entries.Add((key, expressions.Parse()));
            if (!cursor.IsOperator("}")) cursor.ExpectOperator(",");
        }

        return new MapExpression(line, entries);
    }

    public Expression ParsePostfix(Expression value)
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
        Expression? start = cursor.IsOperator(":") ? null : expressions.Parse();
        if (!cursor.TryTakeOperator(":")) return new ItemExpression(line, target, start!);
        Expression? stop = cursor.IsOperator(":") || cursor.IsOperator("]") ? null : expressions.Parse();
        Expression? step = cursor.TryTakeOperator(":") && !cursor.IsOperator("]") ? expressions.Parse() : null;
        return new SliceExpression(line, target, start, stop, step);
    }

    public ArgumentList ParseArguments()
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
                named.Add((name, expressions.Parse()));
            }
            else if (named.Count > 0)
            {
                throw cursor.Error("an argument without a name follows one with a name.");
            }
            else
            {
                positional.Add(expressions.Parse());
            }

            if (!cursor.IsOperator(")")) cursor.ExpectOperator(",");
        }

        return new ArgumentList(positional, named);
    }
}
