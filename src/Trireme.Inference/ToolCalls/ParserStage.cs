namespace Trireme.Inference.ToolCalls;

/// <summary>Where a parser of calls is in an answer.</summary>
internal enum ParserStage : byte
{
    /// <summary>Ordinary text, where a mark may begin.</summary>
    Text,

    /// <summary>After a mark that begins calls.</summary>
    Opened,

    /// <summary>Before the brace of a call.</summary>
    Next,

    /// <summary>In a call.</summary>
    Call,

    /// <summary>After a call.</summary>
    AfterCall,

    /// <summary>In a mark that ends calls, or before it.</summary>
    Closer,

    /// <summary>In a bare name.</summary>
    Name,

    /// <summary>In a mark after a bare name.</summary>
    NameMark,

    /// <summary>In the id after a bare name.</summary>
    CallId,

    /// <summary>Between a bare name's mark and its arguments.</summary>
    BeforeArguments,

    /// <summary>In thinking, where nothing is a call.</summary>
    Thinking,
}
