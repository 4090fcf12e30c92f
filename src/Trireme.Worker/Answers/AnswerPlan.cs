using Trireme.Inference.Generation;

namespace Trireme.Worker.Answers;

/// <summary>A checked request: what to generate and how to hand it out.</summary>
internal sealed record AnswerPlan
{
    public required AnswerHeader Header { get; init; }

    /// <summary>The adapter that answers; null for the model alone.</summary>
    public string? Adapter { get; init; }

    public required IReadOnlyList<IReadOnlyList<int>> Prompts { get; init; }

    public required int AnswersPerPrompt { get; init; }

    /// <summary>Answers to compute per prompt, of which the best are sent; as many as are sent when absent.</summary>
    public int? BestOf { get; init; }

    /// <summary>Whose turn the request takes, and until when.</summary>
    public QueueTurn Turn { get; init; } = QueueTurn.Default;

    public required SamplingOptions Sampling { get; init; }

    public required string? CacheSalt { get; init; }

    /// <summary>Timestamp of the request's arrival, before it was read and tokenized.</summary>
    public required long ArrivedAt { get; init; }

    /// <summary>Field of the request that holds the prompt, for errors.</summary>
    public required string PromptField { get; init; }

    /// <summary>Field of the request that holds the constraint, for errors.</summary>
    public string? ConstraintField { get; init; }

    /// <summary>Text of the request that stands before each answer.</summary>
    public string Echo { get; init; } = "";

    /// <summary>Reports how likely the prompt was, with this many alternatives per token.</summary>
    public int? PromptLogprobs { get; init; }

    public required bool Stream { get; init; }

    /// <summary>Ends a stream with the token counts.</summary>
    public required bool IncludeUsage { get; init; }

    /// <summary>With the counts at the end: each event has those so far.</summary>
    public bool ContinuousUsage { get; init; }

    public required bool ReturnTokenIds { get; init; }
}
