using System.Globalization;
using System.Text;
using Trireme.Inference.Templates.Runtime;

namespace Trireme.Inference.Templates.Syntax;

/// <summary>Parses what operators stand between: literals, names, brackets, and the attributes, items and calls after them.</summary>
internal sealed class OperandParser(TokenCursor cursor, ExpressionParser expressions)
{
    private static readonly HashSet<string> Reserved = ["and", "or", "not", "in", "is", "if", "else"];

    public static bool IsReserved(string name) => Reserved.Contains(name);

    public TemplateExpression ParsePrimary()
    {
        TemplateToken token = cursor.Current;
        switch (token.Kind)
        {
            case TemplateTokenKind.Name when !IsReserved(token.Text):
                cursor.Take();
                expressions.NamesRead.Add(token.Text);
                return token.Text switch
                {
                    "true" or "True" => new LiteralExpression(token.Line, true),
                    "false" or "False" => new LiteralExpression(token.Line, false),
                    "none" or "None" => new LiteralExpression(token.Line, null),
                    "lipsum" => expressions.Unsupported("function", token.Text, token.Line),
                    _ => new NameExpression(token.Line, token.Text),
                };
            case TemplateTokenKind.String:
                var text = new StringBuilder();
                // Adjacent literals are one, as in Python.
                while (cursor.Current.Kind == TemplateTokenKind.String) text.Append(cursor.Take().Text);
                expressions.TextsRead.Add(text.ToString());
                return new LiteralExpression(token.Line, new TemplateText(text.ToString()));
            case TemplateTokenKind.Integer:
                cursor.Take();
                return Numbers.ParseWhole(token.Text, 0) is { } whole && whole.GetBitLength() < Numbers.DigitsMax * 3L
                    ? new LiteralExpression(token.Line, whole <= long.MaxValue ? (object)(long)whole : whole)
                    : throw new ChatTemplateException(token.Line, "a number has too many digits, or is none.");
            case TemplateTokenKind.Float:
                cursor.Take();
                return new LiteralExpression(token.Line, double.Parse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture));
            case TemplateTokenKind.Operator when token.Text is "(":
                return ParseParentheses();
            case TemplateTokenKind.Operator when token.Text is "[":
                return ParseList();
            case TemplateTokenKind.Operator when token.Text is "{":
                return ParseMap();
            default:
                throw cursor.Expected("an expression");
        }
    }

    private TemplateExpression ParseParentheses()
    {
        int line = cursor.Take().Line;
        if (cursor.TryTakeOperator(")")) return new ListExpression(line, [], isTuple: true);
        TemplateExpression inner = expressions.ParseTuple();
        cursor.ExpectOperator(")");
        return inner;
    }

    private ListExpression ParseList()
    {
        int line = cursor.Take().Line;
        var items = new List<TemplateExpression>();
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
        var entries = new List<(TemplateExpression Key, TemplateExpression Value)>();
        while (!cursor.TryTakeOperator("}"))
        {
            TemplateExpression key = expressions.Parse();
            cursor.ExpectOperator(":");
            entries.Add((key, expressions.Parse()));
            if (!cursor.IsOperator("}")) cursor.ExpectOperator(",");
        }

        return new MapExpression(line, entries);
    }

    public TemplateExpression ParsePostfix(TemplateExpression value)
    {
        while (true)
        {
            int line = cursor.Line;
            if (cursor.TryTakeOperator("."))
            {
                value = cursor.Current.Kind == TemplateTokenKind.Integer
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

    private TemplateExpression ParseSubscript(int line, TemplateExpression target)
    {
        TemplateExpression? start = cursor.IsOperator(":") ? null : expressions.Parse();
        if (!cursor.TryTakeOperator(":")) return new ItemExpression(line, target, start!);
        TemplateExpression? stop = cursor.IsOperator(":") || cursor.IsOperator("]") ? null : expressions.Parse();
        TemplateExpression? step = cursor.TryTakeOperator(":") && !cursor.IsOperator("]") ? expressions.Parse() : null;
        return new SliceExpression(line, target, start, stop, step);
    }

    public ArgumentList ParseArguments()
    {
        cursor.ExpectOperator("(");
        var positional = new List<TemplateExpression>();
        var named = new List<(string Name, TemplateExpression Value)>();
        TemplateExpression? more = null, moreNamed = null;
        while (!cursor.TryTakeOperator(")"))
        {
            if (more is null && moreNamed is null && cursor.TryTakeOperator("*"))
            {
                more = expressions.Parse();
            }
            else if (moreNamed is null && cursor.TryTakeOperator("**"))
            {
                moreNamed = expressions.Parse();
            }
            else if (cursor.Current.Kind == TemplateTokenKind.Name && cursor.Peek() is { Kind: TemplateTokenKind.Operator, Text: "=" })
            {
                string name = cursor.Take().Text;
                cursor.Take();
                named.Add((name, expressions.Parse()));
            }
            else if (named.Count > 0 || more is not null || moreNamed is not null)
            {
                throw cursor.Error("an argument without a name follows one with a name.");
            }
            else
            {
                positional.Add(expressions.Parse());
            }

            if (!cursor.IsOperator(")")) cursor.ExpectOperator(",");
        }

        return new ArgumentList(positional, named) { More = more, MoreNamed = moreNamed };
    }
}
