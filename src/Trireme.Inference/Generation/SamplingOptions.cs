namespace Trireme.Inference.Generation;

/// <summary>How the next token is chosen and when to stop. The defaults are OpenAI's.</summary>
public sealed record SamplingOptions
{
    /// <summary>Flattens (above 1) or sharpens (below 1) the distribution; 0 takes the most likely token.</summary>
    public float Temperature { get; init; } = 1;

    /// <summary>Keeps the smallest set of tokens whose probabilities reach this sum.</summary>
    public float TopP { get; init; } = 1;

    /// <summary>Keeps the k most likely tokens; 0 keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>Makes the answer repeatable; chosen at random when absent.</summary>
    public long? Seed { get; init; }

    /// <summary>Most tokens to generate; 0 only computes the prompt. The context limit when absent.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Texts that end the answer; they are not part of it.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Goes on past the model's end tokens.</summary>
    public bool IgnoreEndOfSequence { get; init; }

    /// <summary>Alternatives to report per generated token, at most 20; null reports no log-probabilities.</summary>
    public int? LogProbabilities { get; init; }

    /// <summary>Alternatives to report per prompt token, at most 20; null reports none.</summary>
    public int? PromptLogProbabilities { get; init; }
}
