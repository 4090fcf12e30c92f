using System.Text.Json;

namespace Trireme.Inference.Templates;

/// <summary>A conversation to render.</summary>
public sealed record ChatTemplateInput
{
    /// <summary>
    /// Messages as clients of the OpenAI API send them: JSON objects with a role, a content (text, or a list of parts) and whatever
    /// else, such as tool_calls. Arguments of tool calls given as JSON text reach the template as mappings.
    /// </summary>
    public required IReadOnlyList<JsonElement> Messages { get; init; }

    /// <summary>Tool definitions; null or empty when the request has none.</summary>
    public IReadOnlyList<JsonElement>? Tools { get; init; }

    /// <summary>Ends the prompt where the assistant's answer begins.</summary>
    public bool AddGenerationPrompt { get; init; } = true;

    /// <summary>Further variables the template may read, such as enable_thinking; they cannot replace the ones above.</summary>
    public IReadOnlyDictionary<string, JsonElement>? ExtraVariables { get; init; }

    /// <summary>What strftime_now reads.</summary>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
