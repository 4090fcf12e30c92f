namespace Trireme.Inference.Scheduling;

/// <summary>What one step computes. The scheduler fills the same instance again for the next step.</summary>
internal sealed class ScheduledStep
{
    public List<ScheduledChunk> Chunks { get; } = [];

    /// <summary>Sequences that left the queue for the first time.</summary>
    public List<Sequence> Started { get; } = [];

    public List<Sequence> Preempted { get; } = [];

    public int TokenCount { get; private set; }

    public void Add(in ScheduledChunk chunk)
    {
        Chunks.Add(chunk);
        TokenCount += chunk.Count;
    }

    public void Clear()
    {
        Chunks.Clear();
        Started.Clear();
        Preempted.Clear();
        TokenCount = 0;
    }
}

/// <summary>Tokens of one sequence, from index First on.</summary>
internal readonly record struct ScheduledChunk(Sequence Sequence, int First, int Count)
{
    public int End => First + Count;

    /// <summary>The chunk's last token is the sequence's last: what follows it is wanted.</summary>
    public bool ReachesEnd => End == Sequence.Tokens.Count;
}
