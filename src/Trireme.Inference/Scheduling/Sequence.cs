using Trireme.Inference.Caching;

namespace Trireme.Inference.Scheduling;

internal enum SequencePhase
{
    /// <summary>Has not been in a step yet.</summary>
    Waiting,

    /// <summary>Has blocks and takes part in steps.</summary>
    Running,

    /// <summary>Has lost its blocks to others and computes its tokens again later.</summary>
    Preempted,

    Finished,
}

/// <summary>
/// What the scheduler knows of a request: its tokens and how many of them are computed. There is no prefill or decode phase: the
/// computed count chases the token count, and a sequence that has caught up gets its next token sampled.
/// </summary>
internal class Sequence(IReadOnlyList<int> prompt, string? salt, bool sharesPrefix)
{
    /// <summary>Prompt and answer so far.</summary>
    public List<int> Tokens { get; } = [.. prompt];

    public int PromptLength { get; } = prompt.Count;

    public int GeneratedCount => Tokens.Count - PromptLength;

    public string? Salt { get; } = salt;

    /// <summary>False for a sequence that needs logits of its whole prompt and therefore computes all of it.</summary>
    public bool SharesPrefix { get; } = sharesPrefix;

    public SequencePhase Phase { get; set; } = SequencePhase.Waiting;

    public BlockTable Blocks { get; } = new();

    /// <summary>Tokens whose keys and values are in the sequence's blocks.</summary>
    public int ComputedTokens { get; set; }

    /// <summary>Prompt tokens that were computed already when the sequence first started.</summary>
    public int CachedTokens { get; set; }
}
