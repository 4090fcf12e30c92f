namespace Trireme.Inference.Templates;

/// <summary>A chat template is malformed, unsupported, over a limit, or refused the conversation.</summary>
public sealed class ChatTemplateException : Exception
{
    public ChatTemplateException(int line, string problem, bool raisedByTemplate = false)
        : base(raisedByTemplate ? problem : $"Chat template, line {line}: {problem}")
    {
        Line = line;
        RaisedByTemplate = raisedByTemplate;
    }

    /// <summary>One-based line of the template.</summary>
    public int Line { get; }

    /// <summary>The template called raise_exception: the conversation is at fault, and the message is meant for the client.</summary>
    public bool RaisedByTemplate { get; }
}
