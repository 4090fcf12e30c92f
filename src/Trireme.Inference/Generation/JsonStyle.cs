namespace Trireme.Inference.Generation;

/// <summary>How a document of JSON is spaced, and what it may hold beyond its schema. The names are vLLM's.</summary>
public sealed record JsonStyle
{
    public static JsonStyle Default { get; } = new();

    /// <summary>No space at all.</summary>
    public bool DisableAnyWhitespace { get; init; }

    /// <summary>An expression for what may stand between two parts of a document; null for a space behind a colon or comma at
    /// most.</summary>
    public string? WhitespacePattern { get; init; }

    /// <summary>Objects hold what their schemas declare and nothing else, also where a schema says nothing about that.</summary>
    public bool DisableAdditionalProperties { get; init; }
}
