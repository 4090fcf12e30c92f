using Trireme.Fleet.Fairness;
using Trireme.Inference.Adapters;
using Trireme.Inference.Caching;

namespace Trireme.Inference.Scheduling;

/// <summary>Where a sequence stands.</summary>
internal enum SequencePhase
{
    /// <summary>Has not started and holds nothing.</summary>
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
internal class Sequence(IReadOnlyList<int> prompt, string? salt, bool sharesPrefix, LoraAdapter? adapter = null) : IQueuedItem
{
    private List<Sequence>? _forks;

    /// <summary>Prompt and answer so far.</summary>
    public List<int> Tokens { get; } = [.. prompt];

    public int PromptLength { get; } = prompt.Count;

    /// <summary>A prompt token is the unit of cost.</summary>
    public long Cost => PromptLength;

    public int GeneratedCount => Tokens.Count - PromptLength;

    /// <summary>Tokens that are known but not computed.</summary>
    public int Remaining => Tokens.Count - ComputedTokens;

    /// <summary>The sequence's next token is part of an answer.</summary>
    public bool IsStream => Remaining == 1 && GeneratedCount > 0;

    public string? Salt { get; } = salt;

    /// <summary>False for a sequence that needs logits of its whole prompt and therefore computes all of it.</summary>
    public bool SharesPrefix { get; } = sharesPrefix;

    /// <summary>A lower value runs earlier, as in vLLM.</summary>
    public int Priority { get; init; }

    /// <summary>Who shares the engine with others by weight.</summary>
    public string Tenant { get; init; } = "";

    /// <summary>The tenant's share; above 0.</summary>
    public double Weight { get; init; } = 1;

    /// <summary>A sequence that has not started by this time ends without being computed.</summary>
    public long? Deadline { get; set; }

    /// <summary>Numbers sequences in the order of their arrival.</summary>
    public long Arrival { get; set; }

    public SequencePhase Phase { get; set; } = SequencePhase.Waiting;

    public BlockTable Blocks { get; } = new() { Adapter = adapter };

    /// <summary>Tokens whose keys and values are in the sequence's blocks.</summary>
    public int ComputedTokens { get; set; }

    /// <summary>Prompt tokens that were computed already when the sequence first started.</summary>
    public int CachedTokens { get; set; }

    /// <summary>Tokens the tenant was charged for: what is computed again after a preemption is not the tenant's doing.</summary>
    public int ChargedTokens { get; set; }

    /// <summary>Drafts of its next tokens that a step may check, given that it computes the last token. Its owner sets it.</summary>
    public int WantedDrafts { get; set; }

    /// <summary>How often the sequence has lost its blocks.</summary>
    public int Restarts { get; set; }

    /// <summary>The number of the last step that computes something of this sequence.</summary>
    public long PlannedStep { get; set; } = -1;

    /// <summary>Further answers to the same prompt, which start when this sequence has computed it. A fork has no forks.</summary>
    public IReadOnlyList<Sequence> Forks => _forks ?? (IReadOnlyList<Sequence>)[];

    /// <summary>The sequence that computes this one's prompt, until that is done.</summary>
    public Sequence? Leader { get; private set; }

    public void AddFork(Sequence fork)
    {
        fork.Leader = this;
        (_forks ??= []).Add(fork);
    }

    public void RemoveFork(Sequence fork)
    {
        fork.Leader = null;
        _forks!.Remove(fork);
    }
}
