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

    /// <summary>The constraint of the sampling options over the model's tokens; the engine fills it in.</summary>
    internal CompiledGrammar? Grammar { get; init; }

    /// <summary>Keeps prefix-cache entries apart: requests with different salts never share blocks.</summary>
    public string? CacheSalt { get; init; }

    /// <summary>
    /// The engine's TimeProvider.GetTimestamp() when the request reached the server, so that time to first token includes what was
    /// done before; the time of submission when absent.
    /// </summary>
    public long? ArrivedAt { get; init; }
}
