namespace Trireme.Load;

/// <summary>What traffic to make.</summary>
internal sealed record LoadOptions
{
    public required string Service { get; init; }

    /// <summary>Requests started per second, whether earlier ones have ended or not.</summary>
    public required double RequestsPerSecond { get; init; }

    public required TimeSpan Duration { get; init; }

    /// <summary>
    /// Requests open at once; beyond it new ones are dropped and counted, so that a stuck server does not exhaust this side.
    /// </summary>
    public required int MaxOpenRequests { get; init; }

    public required int MaxTokens { get; init; }

    /// <summary>Makes arrivals and prompts repeatable.</summary>
    public required int Seed { get; init; }

    /// <summary>Distinct sessions; each stays on one release during a rollout.</summary>
    public required int Sessions { get; init; }
}
