namespace Trireme.Inference.ToolCalls;

/// <summary>What a character is to the outermost object.</summary>
internal enum JsonStep
{
    /// <summary>Anything the other steps do not name.</summary>
    Inside,

    /// <summary>The quote before a key of the outermost object.</summary>
    KeyStart,

    /// <summary>The quote after it.</summary>
    KeyEnd,

    /// <summary>The first character of a value of the outermost object.</summary>
    ValueStart,

    /// <summary>The last character of a text, list or object that is a value of the outermost object.</summary>
    ValueEnd,

    /// <summary>The last character of the outermost object.</summary>
    Complete,

    /// <summary>No JSON object goes on like this; nothing more may be asked.</summary>
    Invalid,
}

/// <summary>Checks one JSON object (RFC 8259) character by character.</summary>
internal sealed class JsonObjectScanner
{
    /// <summary>One bit per level; common readers refuse deeper objects.</summary>
    private const int DepthMax = 64;

    private State _state;
    private ulong _objects;
    private int _depth;
    private bool _isKey;
    private int _digitsLeft;
    private string _literal = "";
    private int _literalAt;

    private enum State : byte
    {
        Start,
        FirstKey,
        Key,
        Colon,
        FirstItem,
        Value,
        After,
        Text,
        Escape,
        Digits,
        Literal,
        Minus,
        Zero,
        Integer,
        Point,
        Fraction,
        Mark,
        Sign,
        Exponent,
    }

    private bool InObject => (_objects >> (_depth - 1) & 1) != 0;

    public void Reset() => (_state, _objects, _depth) = (State.Start, 0, 0);

    public JsonStep Step(char character)
    {
        if (_state >= State.Minus) return StepNumber(character);
        switch (_state)
        {
            case State.Text or State.Escape or State.Digits:
                return StepText(character);
            case State.Literal:
                if (character != _literal[_literalAt]) return JsonStep.Invalid;
                if (++_literalAt == _literal.Length) _state = State.After;
                return JsonStep.Inside;
            case var _ when character is ' ' or '\t' or '\n' or '\r':
                return JsonStep.Inside;
            case State.Start:
                return character == '{' ? Open(isObject: true) : JsonStep.Invalid;
            case State.FirstKey when character == '}':
            case State.FirstItem when character == ']':
                return Close();
            case State.FirstKey or State.Key:
                if (character != '"') return JsonStep.Invalid;
                (_state, _isKey) = (State.Text, true);
                return Outermost(JsonStep.KeyStart);
            case State.Colon:
                if (character != ':') return JsonStep.Invalid;
                _state = State.Value;
                return JsonStep.Inside;
            case State.After:
                return StepAfter(character);
            default:
                JsonStep step = Outermost(JsonStep.ValueStart);
                return StartValue(character) ? step : JsonStep.Invalid;
        }
    }

    private JsonStep StepAfter(char character)
    {
        switch (character)
        {
            case ',':
                _state = InObject ? State.Key : State.Value;
                return JsonStep.Inside;
            case '}' when InObject:
            case ']' when !InObject:
                return Close();
            default:
                return JsonStep.Invalid;
        }
    }

    private bool StartValue(char character)
    {
        switch (character)
        {
            case '"':
                (_state, _isKey) = (State.Text, false);
                return true;
            case '{' or '[':
                return Open(isObject: character == '{') != JsonStep.Invalid;
            case 't' or 'f' or 'n':
                _literal = character == 't' ? "true" : character == 'f' ? "false" : "null";
                (_state, _literalAt) = (State.Literal, 1);
                return true;
            case '-':
                _state = State.Minus;
                return true;
            default:
                _state = character == '0' ? State.Zero : State.Integer;
                return char.IsAsciiDigit(character);
        }
    }

    private JsonStep StepText(char character)
    {
        switch (_state)
        {
            case State.Digits:
                if (!char.IsAsciiHexDigit(character)) return JsonStep.Invalid;
                if (--_digitsLeft == 0) _state = State.Text;
                return JsonStep.Inside;
            case State.Escape:
                if (!"\"\\/bfnrtu".Contains(character, StringComparison.Ordinal)) return JsonStep.Invalid;
                (_state, _digitsLeft) = (character == 'u' ? State.Digits : State.Text, 4);
                return JsonStep.Inside;
            case var _ when character == '"':
                _state = _isKey ? State.Colon : State.After;
                return Outermost(_isKey ? JsonStep.KeyEnd : JsonStep.ValueEnd);
            default:
                if (character == '\\') _state = State.Escape;
                return character < ' ' ? JsonStep.Invalid : JsonStep.Inside;
        }
    }

    private JsonStep StepNumber(char character)
    {
        State? next = (_state, character) switch
        {
            (State.Minus, '0') => State.Zero,
            (State.Minus or State.Integer, >= '0' and <= '9') => State.Integer,
            (State.Zero or State.Integer, '.') => State.Point,
            (State.Point or State.Fraction, >= '0' and <= '9') => State.Fraction,
            (State.Zero or State.Integer or State.Fraction, 'e' or 'E') => State.Mark,
            (State.Mark, '+' or '-') => State.Sign,
            (State.Mark or State.Sign or State.Exponent, >= '0' and <= '9') => State.Exponent,
            _ => null,
        };
        if (next is { } state)
        {
            _state = state;
            return JsonStep.Inside;
        }

        if (_state is State.Minus or State.Point or State.Mark or State.Sign) return JsonStep.Invalid;
        // A number has no end of its own: what follows it ends it, or does not belong there.
        _state = State.After;
        return Step(character);
    }

    private JsonStep Open(bool isObject)
    {
        if (_depth == DepthMax) return JsonStep.Invalid;
        ulong level = 1UL << _depth++;
        _objects = isObject ? _objects | level : _objects & ~level;
        _state = isObject ? State.FirstKey : State.FirstItem;
        return JsonStep.Inside;
    }

    private JsonStep Close()
    {
        _depth--;
        _state = State.After;
        return _depth == 0 ? JsonStep.Complete : Outermost(JsonStep.ValueEnd);
    }

    private JsonStep Outermost(JsonStep step) => _depth == 1 ? step : JsonStep.Inside;
}
