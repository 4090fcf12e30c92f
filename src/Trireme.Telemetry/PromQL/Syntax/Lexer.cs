using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.PromQL.Syntax;

/// <summary>
/// Splits an expression into tokens. What a character means depends on where it stands: inside braces only matchers are allowed,
/// and inside brackets a colon separates range and resolution rather than starting a name.
/// </summary>
internal sealed class Lexer
{
    private readonly string _text;
    private readonly List<Token> _tokens = [];
    private int _at;
    private int _parenDepth;
    private bool _inBraces;
    private bool _inBrackets;

    private Lexer(string text) => _text = text;

    private char Current => _at < _text.Length ? _text[_at] : '\0';

    private char Next => _at + 1 < _text.Length ? _text[_at + 1] : '\0';

    /// <summary>All tokens; the last one is the end or the error that stopped the reading.</summary>
    public static List<Token> Read(string text)
    {
        var lexer = new Lexer(text);
        while (lexer.ReadToken())
        {
        }

        return lexer._tokens;
    }

    private static bool IsNameStart(char c) => char.IsAsciiLetter(c) || c == '_';

    private static bool IsNamePart(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    private bool ReadToken()
    {
        SkipBlanks();
        if (_at >= _text.Length) return End();
        char c = Current;
        if (c is '"' or '\'' or '`') return ReadText(c);
        if (_inBraces) return ReadInBraces(c);
        if (_inBrackets) return ReadInBrackets(c);
        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Next))) return ReadNumberOrDuration();
        if (IsNameStart(c) || c == ':') return ReadWord();
        return c switch
        {
            '(' => Open(),
            ')' => Close(),
            '{' => Enter(ref _inBraces, TokenKind.LeftBrace),
            '}' => Fail("unexpected right brace '}'"),
            '[' => Enter(ref _inBrackets, TokenKind.LeftBracket),
            ']' => Fail("unexpected right bracket ']'"),
            ',' => Emit(TokenKind.Comma, 1),
            '@' => Emit(TokenKind.At, 1),
            _ => ReadOperator(c),
        };
    }

    private bool ReadOperator(char c)
    {
        switch (c)
        {
            case '+' or '-' or '*' or '/' or '%' or '^':
                return Emit(TokenKind.Operator, 1);
            case '<' or '>':
                return Emit(TokenKind.Operator, Next == '=' ? 2 : 1);
            case '=' when Next == '=':
            case '!' when Next == '=':
                return Emit(TokenKind.Operator, 2);
            case '=' when Next == '~':
            case '!':
                _at++;
                return Fail($"unexpected character after '{c}': {Shown()}");
            case '=':
                return Emit(TokenKind.Operator, 1);
            default:
                return Fail($"unexpected character: {Shown()}");
        }
    }

    private bool ReadInBraces(char c)
    {
        if (IsNameStart(c))
        {
            int length = 1;
            while (_at + length < _text.Length && IsNamePart(_text[_at + length])) length++;
            return Emit(TokenKind.Identifier, length);
        }

        switch (c)
        {
            case ',':
                return Emit(TokenKind.Comma, 1);
            case '}':
                _inBraces = false;
                return Emit(TokenKind.RightBrace, 1);
            case '{':
                return Fail("unexpected left brace '{'");
            case '=':
                return Emit(TokenKind.Operator, Next == '~' ? 2 : 1);
            case '!' when Next is '=' or '~':
                return Emit(TokenKind.Operator, 2);
            case '!':
                _at++;
                return Fail($"unexpected character after '!' inside braces: {Shown()}");
            default:
                return Fail($"unexpected character inside braces: {Shown()}");
        }
    }

    private bool ReadInBrackets(char c)
    {
        if (char.IsAsciiDigit(c)) return ReadNumberOrDuration();
        switch (c)
        {
            case ':':
                return Emit(TokenKind.Colon, 1);
            case ']':
                _inBrackets = false;
                return Emit(TokenKind.RightBracket, 1);
            case '[':
                return Fail("unexpected left bracket '['");
            default:
                return Fail($"unexpected character in duration expression: {Shown()}");
        }
    }

    private bool ReadWord()
    {
        int length = 1;
        while (_at + length < _text.Length && (IsNamePart(_text[_at + length]) || _text[_at + length] == ':')) length++;
        string word = _text.Substring(_at, length);
        if (word.Contains(':', StringComparison.Ordinal)) return Emit(TokenKind.MetricIdentifier, length);
        string lower = word.ToLowerInvariant();
        if (lower is "inf" or "nan") return Emit(TokenKind.Number, length);
        if (!Keywords.IsKeyword(lower)) return Emit(TokenKind.Identifier, length);
        _tokens.Add(new Token(TokenKind.Keyword, lower, _at));
        _at += length;
        return true;
    }

    private bool ReadNumberOrDuration()
    {
        int length = 0;
        char Ahead() => _at + length < _text.Length ? _text[_at + length] : '\0';
        void Digits()
        {
            while (char.IsAsciiDigit(Ahead())) length++;
        }

        if (Current == '0' && Next is 'x' or 'X')
        {
            length = 2;
            while (char.IsAsciiHexDigit(Ahead())) length++;
            return length > 2 && !IsNamePart(Ahead()) ? Emit(TokenKind.Number, length) : FailNumber(length);
        }

        Digits();
        if (Ahead() == '.')
        {
            length++;
            Digits();
        }

        if (Ahead() is 'e' or 'E')
        {
            length++;
            if (Ahead() is '+' or '-') length++;
            Digits();
        }

        char last = _text[_at + length - 1];
        if (!IsNamePart(Ahead()) && (char.IsAsciiDigit(last) || last == '.')) return Emit(TokenKind.Number, length);
        while (IsNamePart(Ahead())) length++;
        return PromDuration.TryParse(_text.AsSpan(_at, length), out _) ? Emit(TokenKind.Duration, length) : FailNumber(length);
    }

    private bool ReadText(char quote)
    {
        for (int i = _at + 1; i < _text.Length; i++)
        {
            if (_text[i] == quote) return Emit(TokenKind.Text, i + 1 - _at);
            if (quote == '`') continue;
            if (_text[i] == '\\') i++;
            else if (_text[i] == '\n') break;
        }

        return Fail(quote == '`' ? "unterminated raw string" : "unterminated quoted string");
    }

    private void SkipBlanks()
    {
        while (_at < _text.Length && (_text[_at] is ' ' or '\t' or '\r' or '\n' or '#'))
        {
            if (_text[_at] != '#')
            {
                _at++;
                continue;
            }

            int end = _text.IndexOf('\n', _at);
            _at = end < 0 ? _text.Length : end;
        }
    }

    private bool End()
    {
        if (_inBraces) return Fail("unexpected end of input inside braces");
        if (_inBrackets) return Fail("unclosed left bracket");
        if (_parenDepth > 0) return Fail("unclosed left parenthesis");
        _tokens.Add(new Token(TokenKind.End, "", _at));
        return false;
    }

    private bool Open()
    {
        _parenDepth++;
        return Emit(TokenKind.LeftParen, 1);
    }

    private bool Close()
    {
        if (_parenDepth == 0) return Fail("unexpected right parenthesis ')'");
        _parenDepth--;
        return Emit(TokenKind.RightParen, 1);
    }

    private bool Enter(ref bool state, TokenKind kind)
    {
        state = true;
        return Emit(kind, 1);
    }

    private bool Emit(TokenKind kind, int length)
    {
        _tokens.Add(new Token(kind, _text.Substring(_at, length), _at));
        _at += length;
        return true;
    }

    private bool FailNumber(int length) =>
        Fail($"bad number or duration syntax: {TextQuoting.Quote(_text.Substring(_at, Math.Min(length, _text.Length - _at)))}");

    private bool Fail(string message)
    {
        _tokens.Add(new Token(TokenKind.Error, message, Math.Min(_at, _text.Length)));
        return false;
    }

    private string Shown() => _at < _text.Length ? $"'{_text[_at]}'" : "end of input";
}
