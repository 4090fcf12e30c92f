namespace Trireme.Inference.ToolCalls;

/// <summary>How a family of models writes calls of functions into its text.</summary>
public enum ToolCallFormat
{
    /// <summary>The model was not taught to call functions.</summary>
    None,

    /// <summary>
    /// Hermes 2 and 3, Qwen 2.5 and 3: each call between tags, <c>&lt;tool_call>{"name":"f","arguments":{}}&lt;/tool_call></c>.
    /// </summary>
    Hermes,

    /// <summary>
    /// Llama 3.1 to 3.3: an answer that is a call, <c>{"name":"f","parameters":{}}</c>, perhaps after a python tag; several are
    /// separated by semicolons.
    /// </summary>
    Llama3,

    /// <summary>
    /// Mistral: <c>[TOOL_CALLS][{"name":"f","arguments":{}}]</c> up to version 7 of its tokenizers, <c>[TOOL_CALLS]f[ARGS]{}</c> for
    /// each call from version 11 on.
    /// </summary>
    Mistral,

    /// <summary>
    /// Phi-4-mini: <c>&lt;|tool_call|>[{"name":"f","arguments":{}}]&lt;|/tool_call|></c>, or with "functools" in the place of the tags.
    /// </summary>
    Phi,
}
