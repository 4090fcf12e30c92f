using System.Text;
using System.Text.Json;

namespace Trireme.Inference.ToolCalls;

/// <summary>Whether a call goes on.</summary>
internal enum CallState
{
    Open,

    /// <summary>The character was the call's last.</summary>
    Complete,

    /// <summary>This is no call; the character was not taken.</summary>
    Broken,
}

/// <summary>
/// Reads one call, <c>{"name": "f", "arguments": {...}}</c> with "parameters" as another word for "arguments" and "function" for "name"
/// or around both, other members skipped. Arguments may be written into a text, or be null, an empty text or list, or missing, which
/// all stand for none. A call begins for the client once its name is known and its arguments have begun; what came before is held until
/// then, so that it can be given back if it turns out to be no call.
/// </summary>
internal sealed class CallReader(PartWriter output, StringBuilder held)
{
    private readonly LenientJsonReader _reader = new();
    private readonly ArgumentText _argumentText = new();
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _early = new();
    private IReadOnlySet<string>? _names;
    private string _key = "";
    private string? _name;
    private Reading _reading;
    private Progress _arguments;
    private int _level;
    private int _extraBraces;
    private bool _hasOther;
    private bool _isBare;

    private enum Reading : byte
    {
        Other,
        Key,
        Name,
        Arguments,
        ArgumentText,
        EmptyList,
        Word,
        ClosingBraces,
    }

    private enum Progress : byte
    {
        Missing,
        Begun,
        Complete,
    }

    /// <summary>The client knows of the call.</summary>
    public bool IsAnnounced { get; private set; }

    /// <param name="names">The only names there are, for formats where any JSON object may be ordinary text; null for any name.</param>
    public void Begin(IReadOnlySet<string>? names)
    {
        _reader.Reset();
        _names = names;
        _key = "";
        _name = null;
        _reading = Reading.Other;
        _arguments = Progress.Missing;
        _level = 1;
        _extraBraces = 0;
        _hasOther = false;
        _isBare = false;
        _early.Clear();
        IsAnnounced = false;
    }

    /// <summary>Goes on with the arguments of a function whose name stood before them; the call ends with them.</summary>
    public void BeginBare(string name)
    {
        Begin(names: null);
        // Reading goes on as if the name and the key had been read.
        foreach (char character in "{a:") _reader.Step(character);
        _reader.Output.Clear();
        (_name, _key, _isBare) = (name, "arguments", true);
    }

    /// <summary>Takes a character, starting with the call's brace, or for a bare name with its arguments.</summary>
    public CallState Step(char character)
    {
        (IsAnnounced ? output.Raw : held).Append(character);
        CallState state = Take(character);
        if (state == CallState.Broken) (IsAnnounced ? output.Raw : held).Length--;
        return state;
    }

    /// <summary>Ends a call that lacks nothing but closing brackets; false if it lacks more.</summary>
    public bool TryClose()
    {
        if (!IsAnnounced || _reading == Reading.ArgumentText) return false;
        if (_arguments == Progress.Complete) return true;
        if (!_reader.TryClose(_level)) return false;
        Forward(_reader.Output);
        return true;
    }

    /// <summary>What was read of the call and belongs to no part yet: of its arguments, or of what follows them.</summary>
    public StringBuilder Untold =>
        _arguments == Progress.Complete ? output.Raw : _reading == Reading.ArgumentText ? _argumentText.Held : _reader.Held;

    /// <summary>Hands on what the arguments were cut in the middle of.</summary>
    public void Cut()
    {
        if (_arguments == Progress.Begun) output.Arguments(Untold);
    }

    private CallState Take(char character)
    {
        if (_reading == Reading.ClosingBraces) return TakeClosingBrace(character);
        if (character == '{' && _names is null && !_isBare && _reader.IsFresh)
        {
            // Templates teach some models to write their braces twice.
            _extraBraces++;
            return CallState.Open;
        }

        JsonStep step = _reader.Step(character);
        if (step == JsonStep.Invalid) return CallState.Broken;
        bool isOurs = step != JsonStep.Inside && _reader.EventDepth == _level;
        if (_reading == Reading.Word && _reader.EndedScalar is { } word && !EndWord(word)) return CallState.Broken;
        switch (_reading)
        {
            case Reading.Arguments:
                Forward(_reader.Output);
                return step == JsonStep.ValueEnd && isOurs ? EndArguments() : CallState.Open;
            case Reading.ArgumentText:
                return TakeArgumentText(isEnd: step == JsonStep.ValueEnd && isOurs);
            case Reading.EmptyList:
                return step == JsonStep.Inside ? CallState.Open : step == JsonStep.ValueEnd && isOurs ? EndNoArguments() : CallState.Broken;
            case Reading.Word when _isBare && ArgumentWords.SayNothing(_reader.Held.ToString()):
                return EndWord("null") ? CallState.Complete : CallState.Broken;
        }

        _text.Append(_reader.Output);
        _reader.Output.Clear();
        if (step == JsonStep.Complete) return End();
        if (step == JsonStep.ValueEnd && _level == 2 && _reader.EventDepth == 1) _level = 1;
        if (isOurs && !TakeEvent(step, character)) return CallState.Broken;
        if (_arguments == Progress.Complete && _name is not null && !IsAnnounced) BeginCall();
        return CallState.Open;
    }

    private bool TakeEvent(JsonStep step, char character)
    {
        switch (step)
        {
            case JsonStep.KeyStart:
                _reading = Reading.Key;
                _text.Remove(0, _text.ToString().LastIndexOf('"'));
                return true;
            case JsonStep.KeyEnd:
                return EndKey();
            case JsonStep.ValueStart:
                return BeginValue(character);
            case JsonStep.ValueEnd when _reading == Reading.Name:
                return EndName();
            default:
                return true;
        }
    }

    private bool EndKey()
    {
        bool isFirst = _key.Length == 0;
        _key = TextOf(_text.ToString().TrimEnd(':', ' ', '\t', '\n', '\r')) ?? "?";
        _reading = Reading.Other;
        bool isOther = _key is not ("name" or "type" or "function" or "arguments" or "parameters" or "id" or "index");
        _hasOther |= isOther;
        // An object among ordinary text is held back only while it can be a call.
        return _names is null || !isFirst || !isOther;
    }

    private bool BeginValue(char character)
    {
        bool isText = character is '"' or '\'';
        switch (_key)
        {
            case "function" when character == '{' && _level == 1 && _name is null:
                _level = 2;
                return true;
            case "name" or "function":
                if (!isText || _name is not null) return false;
                _reading = Reading.Name;
                _text.Remove(0, _text.Length - 1);
                return true;
            case "arguments" or "parameters":
                if (_arguments != Progress.Missing) return false;
                _arguments = Progress.Begun;
                if (isText)
                {
                    _reading = Reading.ArgumentText;
                    _argumentText.Begin();
                    return true;
                }

                _reading = character == '{' ? Reading.Arguments : character == '[' ? Reading.EmptyList : Reading.Word;
                if (_reading == Reading.Arguments) WriteBrace();
                return true;
            default:
                return true;
        }
    }

    private bool EndName()
    {
        _reading = Reading.Other;
        _name = TextOf(_text.ToString());
        // Half a character is no name.
        if (string.IsNullOrEmpty(_name) || _name.Contains('\uFFFD', StringComparison.Ordinal)) return false;
        return _names?.Contains(_name) != false;
    }

    /// <summary>The text of a JSON string.</summary>
    private static string? TextOf(string json)
    {
        try
        {
            return JsonElement.Parse(json).GetString();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private void WriteBrace()
    {
        if (_name is not null) BeginCall();
        _text.Clear();
        _early.Append('{');
        Forward(_early);
    }

    /// <summary>Hands written arguments on, or keeps them while the name is not known.</summary>
    private void Forward(StringBuilder written)
    {
        if (IsAnnounced)
        {
            output.Arguments(written);
            return;
        }

        if (written == _early) return;
        _early.Append(written);
        written.Clear();
    }

    private CallState TakeArgumentText(bool isEnd)
    {
        StringBuilder written = _reader.Output;
        int length = isEnd ? written.Length - 1 : written.Length;
        for (int i = 0; i < length; i++)
        {
            if (!_argumentText.Step(written[i])) return CallState.Broken;
        }

        written.Clear();
        if (_argumentText.HasObject && _name is not null && !IsAnnounced) BeginCall();
        Forward(_argumentText.Output);
        if (!isEnd) return CallState.Open;
        if (!_argumentText.MayEnd) return CallState.Broken;
        return _argumentText.HasObject ? EndArguments() : EndNoArguments();
    }

    private bool EndWord(string word)
    {
        if (!ArgumentWords.SayNothing(word)) return false;
        EndNoArguments();
        return true;
    }

    private CallState EndNoArguments()
    {
        _reader.Output.Clear();
        _early.Append(ArgumentWords.None);
        return EndArguments();
    }

    private CallState EndArguments()
    {
        _reading = Reading.Other;
        _arguments = Progress.Complete;
        _text.Clear();
        if (_name is not null && !IsAnnounced) BeginCall();
        output.EndArguments();
        return _isBare ? CallState.Complete : CallState.Open;
    }

    private CallState End()
    {
        // A function without arguments may be called without any; members of another meaning say that this is something else.
        if (!IsAnnounced && _name is not null && _arguments == Progress.Missing && !_hasOther) EndNoArguments();
        if (!IsAnnounced) return CallState.Broken;
        if (_extraBraces == 0) return CallState.Complete;
        _reading = Reading.ClosingBraces;
        return CallState.Open;
    }

    private CallState TakeClosingBrace(char character)
    {
        if (LenientJsonReader.IsSpace(character)) return CallState.Open;
        if (character != '}') return CallState.Broken;
        return --_extraBraces == 0 ? CallState.Complete : CallState.Open;
    }

    private void BeginCall()
    {
        IsAnnounced = true;
        output.Call(_name!, held);
        if (_early.Length > 0) output.Arguments(_early);
    }
}
