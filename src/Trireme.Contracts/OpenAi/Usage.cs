namespace Trireme.Contracts.OpenAi;

/// <summary>Tokens a request used.</summary>
public sealed record Usage
{
    public int PromptTokens { get; init; }

    public int CompletionTokens { get; init; }

    public int TotalTokens { get; init; }

    public PromptTokensDetails? PromptTokensDetails { get; init; }
}

/// <summary>Where prompt tokens came from.</summary>
public sealed record PromptTokensDetails
{
    /// <summary>Prompt tokens found in the prefix cache.</summary>
    public int CachedTokens { get; init; }
}
