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
/// Reads one call, <c>{"name": "f", "arguments": {...}}</c> with "parameters" as another word for "arguments", other members skipped.
/// It begins for the client once its name is known and its arguments have begun; what came before is held until then, so that it can
/// be given back if it turns out to be no call.
/// </summary>
internal sealed class CallReader(PartWriter output, StringBuilder held)
{
    private readonly JsonObjectScanner _scanner = new();
    private readonly StringBuilder _text = new();
    private readonly StringBuilder _early = new();
    private IReadOnlySet<string>? _names;
    private string _key = "";
    private string? _name;
    private Reading _reading;
    private Progress _arguments;

    private enum Reading : byte
    {
        Other,
        Key,
        Name,
        Arguments,
    }

    private enum Progress : byte
    {
        Missing,
        Begun,
        Complete,
    }

    /// <summary>The client knows of the call.</summary>
    public bool IsAnnounced { get; private set; }

    /// <summary>The client has all of the call.</summary>
    public bool IsWhole => IsAnnounced && _arguments == Progress.Complete;

    /// <param name="names">The only names there are, for formats where any JSON object may be ordinary text; null for any name.</param>
    public void Begin(IReadOnlySet<string>? names)
    {
        _scanner.Reset();
        _names = names;
        _key = "";
        _name = null;
        _reading = Reading.Other;
        _arguments = Progress.Missing;
        _early.Clear();
        IsAnnounced = false;
    }

    /// <summary>Takes a character, starting with the call's brace.</summary>
    public CallState Step(char character)
    {
        JsonStep step = _scanner.Step(character);
        if (step == JsonStep.Invalid) return CallState.Broken;
        if (_reading == Reading.Arguments)
        {
            TakeArgument(character);
            if (step != JsonStep.ValueEnd) return CallState.Open;
            _reading = Reading.Other;
            _arguments = Progress.Complete;
            return CallState.Open;
        }

        switch (step)
        {
            case JsonStep.KeyStart:
                _reading = Reading.Key;
                _text.Clear();
                break;
            case JsonStep.KeyEnd:
                if (!EndKey()) return CallState.Broken;
                break;
            case JsonStep.ValueStart when _key == "name":
                if (character != '"' || _name is not null) return CallState.Broken;
                _reading = Reading.Name;
                _text.Clear();
                break;
            case JsonStep.ValueStart when _key is "arguments" or "parameters":
                if (character != '{' || _arguments != Progress.Missing) return CallState.Broken;
                _reading = Reading.Arguments;
                _arguments = Progress.Begun;
                held.Append(character);
                if (_name is not null) BeginCall();
                TakeArgumentStart(character);
                return CallState.Open;
            case JsonStep.ValueEnd when _reading == Reading.Name:
                if (!EndName()) return CallState.Broken;
                break;
            case JsonStep.Complete:
                return IsAnnounced ? CallState.Complete : CallState.Broken;
            default:
                if (_reading != Reading.Other) _text.Append(character);
                break;
        }

        held.Append(character);
        // Arguments that came first waited for the name.
        if (_name is not null && _arguments == Progress.Complete && !IsAnnounced)
        {
            BeginCall();
            output.Arguments(_early);
        }

        return CallState.Open;
    }

    private bool EndKey()
    {
        bool isFirst = _key.Length == 0;
        _key = _text.ToString();
        _reading = Reading.Other;
        // An object among ordinary text is held back only while it can be a call.
        return _names is null || !isFirst || _key is "name" or "type";
    }

    private bool EndName()
    {
        _reading = Reading.Other;
        try
        {
            _name = JsonElement.Parse($"\"{_text}\"").GetString();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // An escape that stands for half a character.
            return false;
        }

        return _name!.Length > 0 && _names?.Contains(_name) != false;
    }

    private void BeginCall()
    {
        IsAnnounced = true;
        output.Call(_name!);
        held.Clear();
    }

    private void TakeArgumentStart(char brace)
    {
        if (IsAnnounced) output.Arguments(brace);
        else _early.Append(brace);
    }

    private void TakeArgument(char character)
    {
        if (IsAnnounced)
        {
            output.Arguments(character);
            return;
        }

        _early.Append(character);
        held.Append(character);
    }
}
