namespace Trireme.Contracts.OpenAi;

/// <summary>Body of POST /v1/completions, with the fields vLLM adds. What is null takes the model's default.</summary>
public sealed record CompletionRequest : GenerationFields
{
    public CompletionPrompt? Prompt { get; init; }

    /// <summary>16 when absent. 0 computes the prompt only and needs echo.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Answers to compute per prompt, of which the n most likely are sent.</summary>
    public int? BestOf { get; init; }

    /// <summary>Puts the prompt before the answer.</summary>
    public bool? Echo { get; init; }

    /// <summary>Alternatives to report per token, 0 to 20.</summary>
    public int? Logprobs { get; init; }

    /// <summary>Adds what the tokenizer adds to a text, such as a begin token; true when absent.</summary>
    public bool? AddSpecialTokens { get; init; }
}
