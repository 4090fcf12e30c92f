namespace Trireme.Inference.ToolCalls;

/// <summary>What a stretch of an answer is.</summary>
public enum ToolCallPartKind
{
    /// <summary>Text for the reader.</summary>
    Content,

    /// <summary>What the model thought before it answered.</summary>
    Reasoning,

    /// <summary>The name of a function: a call begins.</summary>
    Call,

    /// <summary>The next stretch of a call's arguments, as the model writes them.</summary>
    Arguments,
}

/// <summary>A stretch of an answer.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Index">The call it belongs to, from 0 on; -1 for content and thinking.</param>
/// <param name="Text">The text, the name or the JSON.</param>
public readonly record struct ToolCallPart(ToolCallPartKind Kind, int Index, string Text);
