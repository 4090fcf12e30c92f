using Trireme.Inference.Generation;
using Trireme.Inference.Reasoning;
using Trireme.Inference.ToolCalls;

namespace Trireme.Worker.Tools;

/// <summary>The thinking, content and calls of one answer as its events come.</summary>
internal sealed class AnswerParts
{
    private readonly ReasoningSplitter _thinking;
    private readonly ToolCallDialect? _dialect;
    private readonly ToolCallParser? _parser;
    private readonly bool _isSingle;
    private readonly List<ToolCallPart> _parts = [];

    /// <param name="thinking">Tells the thinking from the rest.</param>
    /// <param name="dialect">How the model calls; null where there are no calls.</param>
    /// <param name="parser">Reads the calls.</param>
    /// <param name="isSingle">Calls after the first are left out.</param>
    public AnswerParts(ReasoningSplitter thinking, ToolCallDialect? dialect, ToolCallParser? parser, bool isSingle)
    {
        _thinking = thinking;
        _dialect = dialect;
        _parser = parser;
        _isSingle = isSingle;
    }

    public bool HasCalls => _parser?.Calls > 0;

    /// <summary>The parts an event adds, with those held back when it is the last. Valid until the next call.</summary>
    public IReadOnlyList<ToolCallPart> Read(TokenEvent token)
    {
        _parts.Clear();
        if (_thinking.IsDone)
        {
            AddContent(token.Text);
        }
        else
        {
            _thinking.Append(token.Text);
            if (token.FinishReason is not null) _thinking.Complete();
            Add(ToolCallPartKind.Reasoning, _thinking.TakeReasoning());
            AddContent(_thinking.TakeContent());
        }

        if (token.FinishReason is not null && _parser is not null) AddParsed(_parser.Complete());
        return _parts;
    }

    public string CreateId() => _dialect!.CreateId();

    private void AddContent(string text)
    {
        if (_parser is null) Add(ToolCallPartKind.Content, text);
        else AddParsed(_parser.Append(text));
    }

    private void Add(ToolCallPartKind kind, string text)
    {
        if (text.Length > 0) _parts.Add(new ToolCallPart(kind, -1, text));
    }

    private void AddParsed(IReadOnlyList<ToolCallPart> parts)
    {
        for (int i = 0; i < parts.Count; i++)
        {
            if (!_isSingle || parts[i].Index < 1) _parts.Add(parts[i]);
        }
    }
}
