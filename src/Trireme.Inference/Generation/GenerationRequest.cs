using Trireme.Inference.Grammars.Matching;

namespace Trireme.Inference.Generation;

/// <summary>One prompt to continue.</summary>
public sealed record GenerationRequest
{
    /// <summary>Identifies the request in logs; unique per engine while it runs.</summary>
    public required string Id { get; init; }

    /// <summary>At least one token, each within the vocabulary.</summary>
    public required IReadOnlyList<int> PromptTokens { get; init; }

    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>
    /// Asks for the prompt's vector, which comes with the last event, and for no answer: the sampling options do not matter then.
    /// </summary>
    public EmbeddingOptions? Embedding { get; init; }

    /// <summary>The constraint of the sampling options over the model's tokens; the engine fills it in.</summary>
    internal CompiledGrammar? Grammar { get; init; }

    /// <summary>Keeps prefix-cache entries apart: requests with different salts never share blocks.</summary>
    public string? CacheSalt { get; init; }

    /// <summary>Name of the adapter that answers; null for the model alone.</summary>
    public string? Adapter { get; init; }

    /// <summary>Answers to give; the events of all come in one channel and say which answer they belong to.</summary>
    public int Choices { get; init; } = 1;

    /// <summary>
    /// Answers to compute, of which the <see cref="Choices"/> with the highest mean log-probability per token are given once all have
    /// ended; as many as are given when absent.
    /// </summary>
    public int? BestOf { get; init; }

    /// <summary>A lower value is computed earlier, as in vLLM, and preempts higher ones where memory does not hold both.</summary>
    public int Priority { get; init; }

    /// <summary>Who shares the engine: waiting requests of one priority start in the order that serves tenants by weight.</summary>
    public string? Tenant { get; init; }

    /// <summary>The tenant's share against others; above 0 and finite. The latest request's weight holds.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>
    /// The engine's TimeProvider.GetTimestamp() by which the request must have started; otherwise it ends without being computed.
    /// </summary>
    public long? Deadline { get; init; }

    /// <summary>
    /// The engine's TimeProvider.GetTimestamp() when the request reached the server, so that time to first token includes what was
    /// done before; the time of submission when absent.
    /// </summary>
    public long? ArrivedAt { get; init; }
}
