using System.Text;

namespace Trireme.Inference.ToolCalls;

/// <summary>Joins the characters of an answer to parts.</summary>
/// <param name="holdsCalls">A call is told once it is whole, so that one that breaks off can be given back as content.</param>
internal sealed class PartWriter(bool holdsCalls)
{
    private readonly List<ToolCallPart> _parts = [];
    private readonly List<ToolCallPart> _open = [];
    private readonly StringBuilder _text = new();
    private ToolCallPartKind _kind;
    private bool _isOpen;

    /// <summary>Calls that have begun.</summary>
    public int Calls { get; private set; }

    /// <summary>The open call as it came; where the client knows of it, what came after its arguments.</summary>
    public StringBuilder Raw { get; } = new();

    public void Content(char character)
    {
        SwitchTo(ToolCallPartKind.Content);
        _text.Append(character);
    }

    /// <summary>Gives back what was held and empties it.</summary>
    public void Content(StringBuilder held)
    {
        if (held.Length == 0) return;
        SwitchTo(ToolCallPartKind.Content);
        _text.Append(held);
        held.Clear();
    }

    /// <summary>Begins a call and empties what was held of it.</summary>
    public void Call(string name, StringBuilder held)
    {
        EndPart();
        _isOpen = holdsCalls;
        Raw.Clear().Append(held);
        held.Clear();
        (_isOpen ? _open : _parts).Add(new ToolCallPart(ToolCallPartKind.Call, Calls++, name));
    }

    /// <summary>Hands arguments on and empties them.</summary>
    public void Arguments(StringBuilder held)
    {
        if (held.Length == 0) return;
        SwitchTo(ToolCallPartKind.Arguments);
        _text.Append(held);
        held.Clear();
    }

    /// <summary>Says that the client has all of the open call's arguments.</summary>
    public void EndArguments()
    {
        if (!holdsCalls) Raw.Clear();
    }

    /// <summary>Ends the open call.</summary>
    public void EndCall()
    {
        if (!_isOpen) return;
        EndPart();
        _isOpen = false;
        _parts.AddRange(_open);
        _open.Clear();
    }

    /// <summary>
    /// Gives up on the open call. Where calls are held it becomes content; where the client knows of it, only what it was not told does.
    /// </summary>
    public void BreakCall(StringBuilder held)
    {
        if (_isOpen)
        {
            _text.Clear();
            _open.Clear();
            _isOpen = false;
            Calls--;
            Content(Raw);
        }
        else
        {
            Content(held);
        }
    }

    /// <summary>The parts since the last time. Valid until the next character.</summary>
    public IReadOnlyList<ToolCallPart> Take()
    {
        if (!_isOpen) EndPart();
        return _parts;
    }

    /// <summary>Forgets the parts that were taken.</summary>
    public void Begin() => _parts.Clear();

    private void SwitchTo(ToolCallPartKind kind)
    {
        if (kind == _kind) return;
        EndPart();
        _kind = kind;
    }

    private void EndPart()
    {
        if (_text.Length == 0) return;
        int index = _kind == ToolCallPartKind.Content ? -1 : Calls - 1;
        bool joins = _isOpen && _kind == ToolCallPartKind.Arguments;
        (joins ? _open : _parts).Add(new ToolCallPart(_kind, index, _text.ToString()));
        _text.Clear();
    }
}
