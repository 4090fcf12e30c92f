using System.Text;

namespace Trireme.Inference.ToolCalls;

/// <summary>Joins the characters of an answer to parts.</summary>
internal sealed class PartWriter
{
    private readonly List<ToolCallPart> _parts = [];
    private readonly StringBuilder _text = new();
    private ToolCallPartKind _kind;

    /// <summary>Calls that have begun.</summary>
    public int Calls { get; private set; }

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

    public void Call(string name)
    {
        EndPart();
        _parts.Add(new ToolCallPart(ToolCallPartKind.Call, Calls++, name));
    }

    public void Arguments(char character)
    {
        SwitchTo(ToolCallPartKind.Arguments);
        _text.Append(character);
    }

    public void Arguments(StringBuilder held)
    {
        SwitchTo(ToolCallPartKind.Arguments);
        _text.Append(held);
        held.Clear();
    }

    /// <summary>The parts since the last time. Valid until the next character.</summary>
    public IReadOnlyList<ToolCallPart> Take()
    {
        EndPart();
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
        _parts.Add(new ToolCallPart(_kind, _kind == ToolCallPartKind.Content ? -1 : Calls - 1, _text.ToString()));
        _text.Clear();
    }
}
