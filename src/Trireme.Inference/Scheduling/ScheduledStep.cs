using Trireme.Inference.Caching;

namespace Trireme.Inference.Scheduling;

/// <summary>What one step computes. The scheduler fills the same instance again for the next step.</summary>
internal sealed class ScheduledStep
{
    public List<ScheduledChunk> Chunks { get; } = [];

    /// <summary>Blocks to copy, in this order, before anything is computed.</summary>
    public List<BlockCopy> Copies { get; } = [];

    /// <summary>Sequences that left the queue for the first time.</summary>
    public List<Sequence> Started { get; } = [];

    public List<Sequence> Preempted { get; } = [];

    /// <summary>Sequences that are over because they waited past their deadlines.</summary>
    public List<Sequence> Expired { get; } = [];

    public int TokenCount { get; private set; }

    /// <summary>Tokens that continue answers and drafts of such; the others belong to prompts or are computed again.</summary>
    public int DecodeCount { get; private set; }

    public int PrefillCount => TokenCount - DecodeCount;

    public void Add(in ScheduledChunk chunk)
    {
        Chunks.Add(chunk);
        TokenCount += chunk.Count;
        if (chunk.IsDecode) DecodeCount++;
    }

    /// <summary>Changes how many drafts a planned chunk brings along.</summary>
    public void SetDrafts(int index, int drafts)
    {
        ScheduledChunk chunk = Chunks[index];
        Chunks[index] = chunk with { Drafts = drafts };
        TokenCount += drafts - chunk.Drafts;
        DecodeCount += drafts - chunk.Drafts;
    }

    public void Clear()
    {
        Chunks.Clear();
        Copies.Clear();
        Started.Clear();
        Preempted.Clear();
        Expired.Clear();
        TokenCount = 0;
        DecodeCount = 0;
    }
}

/// <summary>
/// Tokens of one sequence, from index First on, and drafts of what follows them: tokens that are computed like the others, but belong
/// to the sequence only once they have turned out to be right.
/// </summary>
internal readonly record struct ScheduledChunk(Sequence Sequence, int First, int Count, int Drafts = 0)
{
    /// <summary>Where the sequence's own tokens of the chunk end.</summary>
    public int End => First + Count;

    /// <summary>The chunk's last token is the sequence's last: what follows it is wanted.</summary>
    public bool ReachesEnd => End == Sequence.Tokens.Count;

    /// <summary>The chunk is the answer's last token.</summary>
    public bool IsDecode => Count == 1 && First >= Sequence.PromptLength;
}
