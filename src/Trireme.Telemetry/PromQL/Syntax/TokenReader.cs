using Trireme.Telemetry.Queries;

namespace Trireme.Telemetry.PromQL.Syntax;

/// <summary>Walks the tokens of an expression and says what is wrong where.</summary>
internal sealed class TokenReader(string text)
{
    /// <summary>Bounds the recursion over the tree of an expression, here and in the evaluator.</summary>
    public const int MaxDepth = 400;

    private readonly List<Token> _tokens = Lexer.Read(text);
    private int _next;
    private int _nesting;

    public Token Current => _tokens[_next];

    public Token Peek => _tokens[Math.Min(_next + 1, _tokens.Count - 1)];

    /// <summary>Returns the current token and moves on.</summary>
    public Token Take()
    {
        Token token = Current;
        if (_next < _tokens.Count - 1) _next++;
        return token;
    }

    /// <summary>The token as written, where the case of a word matters.</summary>
    public string Written(in Token token) => text.Substring(token.Position, token.Text.Length);

    public bool TryTake(TokenKind kind)
    {
        if (Current.Kind != kind) return false;
        Take();
        return true;
    }

    public bool TryTakeKeyword(string keyword)
    {
        if (!Current.IsKeyword(keyword)) return false;
        Take();
        return true;
    }

    public Token Expect(TokenKind kind, string context, string expected) =>
        Current.Kind == kind ? Take() : throw Unexpected(context, expected);

    /// <summary>Enters one level of recursion of the parser; the counterpart is <see cref="Leave"/>.</summary>
    public void Enter()
    {
        if (++_nesting > MaxDepth) throw TooDeep(Current.Position);
    }

    public void Leave() => _nesting--;

    /// <summary>The height of a node over these children.</summary>
    public static int DepthOver(Expression first, Expression? second = null) => 1 + Math.Max(first.Depth, second?.Depth ?? 0);

    /// <summary>Returns the node unless it stands on a tree that is too high.</summary>
    public T Checked<T>(T node)
        where T : Expression =>
        node.Depth <= MaxDepth ? node : throw TooDeep(node.Position);

    public QueryException Unexpected(string context, string expected = "")
    {
        Token token = Current;
        if (token.Kind == TokenKind.Error) return Fail(token.Position, token.Text);
        string message = "unexpected " + token.Describe();
        if (context.Length > 0) message += " in " + context;
        if (expected.Length > 0) message += ", expected " + expected;
        return Fail(token.Position, message);
    }

    public QueryException Fail(int position, string message)
    {
        ReadOnlySpan<char> before = text.AsSpan(0, Math.Min(position, text.Length));
        int line = before.Count('\n') + 1;
        int column = position - (before.LastIndexOf('\n') + 1) + 1;
        return new QueryException(QueryErrorKind.BadData, $"{line}:{column}: parse error: {message}");
    }

    private QueryException TooDeep(int position) => Fail(position, $"the expression nests deeper than {MaxDepth} levels");
}
