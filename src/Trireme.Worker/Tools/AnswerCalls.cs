using Trireme.Inference.Generation;
using Trireme.Inference.ToolCalls;

namespace Trireme.Worker.Tools;

/// <summary>The calls of one answer as its events come.</summary>
internal sealed class AnswerCalls
{
    private readonly ToolCallDialect _dialect;
    private readonly ToolCallParser _parser;
    private readonly bool _isSingle;
    private readonly List<ToolCallPart> _parts = [];

    /// <param name="dialect">How the model calls.</param>
    /// <param name="names">The functions there are.</param>
    /// <param name="opening">What the prompt already holds of the answer.</param>
    /// <param name="isSingle">Calls after the first are left out.</param>
    public AnswerCalls(ToolCallDialect dialect, IReadOnlySet<string> names, string opening, bool isSingle)
    {
        _dialect = dialect;
        _isSingle = isSingle;
        _parser = dialect.CreateParser(names);
        _parser.Append(opening);
    }

    public bool HasCalls => _parser.Calls > 0;

    /// <summary>The parts an event adds, with those held back when it is the last. Valid until the next call.</summary>
    public IReadOnlyList<ToolCallPart> Read(TokenEvent token)
    {
        _parts.Clear();
        Add(_parser.Append(token.Text));
        if (token.FinishReason is not null) Add(_parser.Complete());
        return _parts;
    }

    public string CreateId() => _dialect.CreateId();

    private void Add(IReadOnlyList<ToolCallPart> parts)
    {
        for (int i = 0; i < parts.Count; i++)
        {
            if (!_isSingle || parts[i].Index < 1) _parts.Add(parts[i]);
        }
    }
}
