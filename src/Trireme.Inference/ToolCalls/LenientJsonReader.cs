using System.Text;

namespace Trireme.Inference.ToolCalls;

/// <summary>
/// Reads one object character by character as models write it, and writes it as JSON (RFC 8259). JSON is given back as it is; what is
/// put right has one meaning only: raw control characters and wrong escapes in texts, quotes of the other kind or none around keys,
/// Python's words, numbers such as .5, commas before a closing bracket. Anything else is invalid, not guessed at.
/// </summary>
internal sealed class LenientJsonReader
{
    /// <summary>One bit per level; common readers refuse deeper objects.</summary>
    private const int DepthMax = 64;

    private readonly LenientString _text;
    private State _state;
    private ulong _objects;
    private int _depth;
    private bool _isKey;
    private bool _holdsComma;

    public LenientJsonReader() => _text = new LenientString(Output, Held);

    private enum State : byte
    {
        Start,
        FirstKey,
        Key,
        BareKey,
        Colon,
        FirstItem,
        Value,
        Scalar,
        Text,
        After,
    }

    /// <summary>What was written since the caller last emptied it.</summary>
    public StringBuilder Output { get; } = new();

    /// <summary>Characters taken that nothing is written for yet, as they came.</summary>
    public StringBuilder Held { get; } = new();

    /// <summary>The depth of the object or list that the last step belongs to, 1 for the outermost.</summary>
    public int EventDepth { get; private set; }

    /// <summary>The word or number that ended before the last character, as it was written; null if none did.</summary>
    public string? EndedScalar { get; private set; }

    /// <summary>Nothing but the first brace was taken.</summary>
    public bool IsFresh => _depth == 1 && _state == State.FirstKey;

    private bool InObject => (_objects >> (_depth - 1) & 1) != 0;

    public void Reset()
    {
        (_state, _objects, _depth, _holdsComma) = (State.Start, 0, 0, false);
        EndedScalar = null;
        Output.Clear();
        Held.Clear();
    }

    public JsonStep Step(char character)
    {
        EndedScalar = null;
        if (_state == State.Scalar)
        {
            if (LenientScalar.IsPart(character) && Held.Length < LenientScalar.LengthMax)
            {
                Held.Append(character);
                return JsonStep.Inside;
            }

            // A word or number has no end of its own: what follows it ends it, or does not belong there.
            if (!EndScalar()) return JsonStep.Invalid;
        }

        EventDepth = _depth;
        if (_state == State.Text) return StepText(character);
        if (_state == State.BareKey) return StepBareKey(character);
        if (IsSpace(character))
        {
            (_holdsComma ? Held : Output).Append(character);
            return JsonStep.Inside;
        }

        switch (_state)
        {
            case State.Start:
                return character == '{' ? Open(character) : JsonStep.Invalid;
            case State.FirstKey or State.Key:
                return StepKey(character);
            case State.Colon:
                if (character != ':') return JsonStep.Invalid;
                Output.Append(character);
                _state = State.Value;
                return JsonStep.Inside;
            case State.After:
                return StepAfter(character);
            default:
                bool mayEnd = _state == State.FirstItem || _holdsComma;
                return character == ']' && mayEnd ? Close(character) : StartValue(character);
        }
    }

    /// <summary>
    /// Closes what is open below a depth, where nothing but brackets is missing: not inside a text or between a key and its value.
    /// </summary>
    public bool TryClose(int depth)
    {
        if (_state == State.Scalar && !EndScalar()) return false;
        if (_state is not (State.After or State.FirstKey or State.FirstItem) && !_holdsComma) return false;
        while (_depth > depth) Close(InObject ? '}' : ']');
        return true;
    }

    /// <summary>Makes an object whole that was cut anywhere: open texts end, and a key without a value has null.</summary>
    public void Finish()
    {
        if (_state == State.Text)
        {
            _text.Finish();
            _state = _isKey ? State.Colon : State.After;
        }
        else if (_state == State.BareKey)
        {
            Output.Append('"');
            _state = State.Colon;
        }

        if (_state == State.Scalar && EndScalar()) _state = State.After;
        bool needsValue = _state is State.Scalar or State.Colon || (_state == State.Value && !_holdsComma);
        if (needsValue)
        {
            Held.Clear();
            Output.Append(_state == State.Colon ? ":null" : "null");
            _state = State.After;
        }

        TryClose(0);
    }

    public static bool IsSpace(char character) => character is ' ' or '\t' or '\n' or '\r';

    private JsonStep StepText(char character)
    {
        if (!_text.Step(character)) return JsonStep.Inside;
        _state = _isKey ? State.Colon : State.After;
        return _isKey ? JsonStep.KeyEnd : JsonStep.ValueEnd;
    }

    private JsonStep StepKey(char character)
    {
        if (character == '}') return Close(character);
        bool isBare = char.IsAsciiLetter(character) || character is '_' or '$';
        if (!isBare && character is not ('"' or '\'')) return JsonStep.Invalid;
        WriteComma();
        if (isBare)
        {
            Output.Append('"').Append(character);
            _state = State.BareKey;
        }
        else
        {
            BeginText(character, isKey: true);
        }

        return JsonStep.KeyStart;
    }

    private JsonStep StepBareKey(char character)
    {
        if (char.IsAsciiLetterOrDigit(character) || character is '_' or '$' or '-')
        {
            Output.Append(character);
            return JsonStep.Inside;
        }

        if (character != ':' && !IsSpace(character)) return JsonStep.Invalid;
        Output.Append('"').Append(character);
        _state = character == ':' ? State.Value : State.Colon;
        return JsonStep.KeyEnd;
    }

    private JsonStep StepAfter(char character)
    {
        switch (character)
        {
            case ',':
                // Held until it is known that something follows.
                Held.Append(character);
                _holdsComma = true;
                _state = InObject ? State.Key : State.Value;
                return JsonStep.Inside;
            case '}' when InObject:
            case ']' when !InObject:
                return Close(character);
            default:
                return JsonStep.Invalid;
        }
    }

    private JsonStep StartValue(char character)
    {
        bool isText = character is '"' or '\'', isOpen = character is '{' or '[';
        if (!isText && !isOpen && !LenientScalar.IsStart(character)) return JsonStep.Invalid;
        if (isOpen && _depth == DepthMax) return JsonStep.Invalid;
        WriteComma();
        if (isText)
        {
            BeginText(character, isKey: false);
        }
        else if (isOpen)
        {
            Open(character);
        }
        else
        {
            Held.Append(character);
            _state = State.Scalar;
        }

        return JsonStep.ValueStart;
    }

    private void BeginText(char quote, bool isKey)
    {
        (_state, _isKey) = (State.Text, isKey);
        _text.Begin(quote);
    }

    private bool EndScalar()
    {
        if (LenientScalar.Write(Held.ToString()) is not { } written) return false;
        Output.Append(written);
        Held.Clear();
        EndedScalar = written;
        _state = State.After;
        return true;
    }

    private JsonStep Open(char bracket)
    {
        bool isObject = bracket == '{';
        ulong level = 1UL << _depth++;
        _objects = isObject ? _objects | level : _objects & ~level;
        _state = isObject ? State.FirstKey : State.FirstItem;
        Output.Append(bracket);
        return JsonStep.Inside;
    }

    private JsonStep Close(char bracket)
    {
        if (_holdsComma)
        {
            Output.Append(Held, 1, Held.Length - 1);
            Held.Clear();
            _holdsComma = false;
        }

        Output.Append(bracket);
        EventDepth = --_depth;
        _state = State.After;
        return _depth == 0 ? JsonStep.Complete : JsonStep.ValueEnd;
    }

    private void WriteComma()
    {
        if (!_holdsComma) return;
        Output.Append(Held);
        Held.Clear();
        _holdsComma = false;
    }
}
