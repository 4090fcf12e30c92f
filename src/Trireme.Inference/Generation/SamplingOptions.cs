using System.Collections.ObjectModel;

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

    /// <summary>Keeps the tokens at least this probable relative to the most likely one; 0 keeps all.</summary>
    public float MinP { get; init; }

    /// <summary>
    /// Keeps the tokens whose surprise is nearest to the expected one until their probabilities reach this sum (locally typical
    /// sampling, Meister et al. 2023); 1 keeps all.
    /// </summary>
    public float TypicalP { get; init; } = 1;

    /// <summary>Makes tokens of the prompt and the answer less (above 1) or more (below 1) likely; 1 changes nothing.</summary>
    public float RepetitionPenalty { get; init; } = 1;

    /// <summary>Taken from the logit of every token the answer holds, -2 to 2.</summary>
    public float PresencePenalty { get; init; }

    /// <summary>Taken from the logit of a token once for every time the answer holds it, -2 to 2.</summary>
    public float FrequencyPenalty { get; init; }

    /// <summary>Added to the logits of single tokens, -100 to 100.</summary>
    public IReadOnlyDictionary<int, float> LogitBias { get; init; } = ReadOnlyDictionary<int, float>.Empty;

    /// <summary>Makes the answer repeatable; chosen at random when absent.</summary>
    public long? Seed { get; init; }

    /// <summary>Most tokens to generate; 0 only computes the prompt. The context limit when absent.</summary>
    public int? MaxTokens { get; init; }

    /// <summary>Texts that end the answer; they are not part of it.</summary>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>Tokens that end the answer; they are not part of its text.</summary>
    public IReadOnlyList<int> StopTokens { get; init; } = [];

    /// <summary>The text or the token that ends the answer is part of it.</summary>
    public bool IncludesStop { get; init; }

    /// <summary>The only tokens that may be chosen, end tokens included; null for all.</summary>
    public IReadOnlyList<int>? AllowedTokens { get; init; }

    /// <summary>Sequences of tokens that the answer never holds.</summary>
    public IReadOnlyList<IReadOnlyList<int>> BadSequences { get; init; } = [];

    /// <summary>Tokens to generate before an end token or a stop text may end the answer.</summary>
    public int MinTokens { get; init; }

    /// <summary>Goes on past the model's end tokens. A constrained answer still ends with them.</summary>
    public bool IgnoreEndOfSequence { get; init; }

    /// <summary>Alternatives to report per generated token, at most 20; null reports no log-probabilities.</summary>
    public int? LogProbabilities { get; init; }

    /// <summary>Alternatives to report per prompt token, at most 20; null reports none.</summary>
    public int? PromptLogProbabilities { get; init; }

    /// <summary>Special tokens are part of the answer's text.</summary>
    public bool ShowsSpecialTokens { get; init; }

    /// <summary>Special tokens whose texts are part of the answer's, unlike those of others.</summary>
    public IReadOnlyList<int> ShownSpecialTokens { get; init; } = [];

    /// <summary>What the answer must look like; null for anything.</summary>
    public OutputConstraint? Constraint { get; init; }
}
