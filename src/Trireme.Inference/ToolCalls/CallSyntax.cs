namespace Trireme.Inference.ToolCalls;

/// <summary>
/// The marks of a format, as vLLM's parsers of the same models and the models' own templates and cards have them.
/// </summary>
/// <param name="Openers">
/// Texts that begin calls. None of them holds its first character twice, so that a text that stops being one can only begin another one
/// with the character at which it stopped, or be one with the same beginning.
/// </param>
internal sealed record CallSyntax(params string[] Openers)
{
    public const string Arguments = "[ARGS]";
    public const string CallId = "[CALL_ID]";

    /// <summary>Ends calls; may be missing at the end of an answer.</summary>
    public string? Closer { get; init; }

    /// <summary>Text between these is the model's thinking, never a call.</summary>
    public const string Think = "<think>";
    public const string ThinkEnd = "</think>";

    /// <summary>Calls may be a JSON list.</summary>
    public bool TakesList { get; init; }

    /// <summary>A call may be a bare name before its arguments.</summary>
    public bool TakesName { get; init; }

    /// <summary>An answer may begin with a call without any mark.</summary>
    public bool TakesUnmarked { get; init; }

    /// <summary>All marks that a tokenizer may have as special tokens.</summary>
    public IEnumerable<string> Marks
    {
        get
        {
            IEnumerable<string> marks = Closer is null ? Openers : [.. Openers, Closer];
            return TakesName ? [.. marks, Arguments, CallId] : marks;
        }
    }

    public static CallSyntax Of(ToolCallFormat format) => format switch
    {
        ToolCallFormat.Hermes => new("<tool_call>") { Closer = "</tool_call>", TakesList = true },
        ToolCallFormat.Llama3 => new("<|python_tag|>") { TakesUnmarked = true },
        ToolCallFormat.Mistral => new("[TOOL_CALLS]") { TakesList = true, TakesName = true },
        ToolCallFormat.Phi => new("<|tool_call|>", "functools[") { Closer = "<|/tool_call|>", TakesList = true },
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "This format has no calls."),
    };
}
