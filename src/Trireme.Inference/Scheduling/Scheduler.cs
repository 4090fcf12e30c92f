using Trireme.Inference.Caching;

namespace Trireme.Inference.Scheduling;

/// <summary>
/// Decides what each step computes, by the rule of vLLM's v1 scheduler: running sequences first, in order, then waiting ones, first
/// come first served, all under one budget of tokens. That one rule covers chunked prefill, prefix hits, decoding and going on after
/// preemption. No clock, no tasks, no I/O.
/// </summary>
internal sealed class Scheduler(SequenceBlocks blocks, int maxSequences, int maxBatchedTokens)
{
    private readonly LinkedList<Sequence> _waiting = [];
    private readonly List<Sequence> _running = [];
    private readonly ScheduledStep _step = new();

    public int WaitingCount => _waiting.Count;

    public int RunningCount => _running.Count;

    public void Add(Sequence sequence) => _waiting.AddLast(sequence);

    /// <summary>Plans the next step. The result is valid until the next call.</summary>
    public ScheduledStep Schedule()
    {
        _step.Clear();
        ScheduleRunning();
        // A step that had to preempt has no room for more; admitting would only preempt again.
        if (_step.Preempted.Count == 0) ScheduleWaiting();
        return _step;
    }

    /// <summary>Notes that the planned tokens are computed.</summary>
    public static void Complete(ScheduledStep step)
    {
        foreach (ScheduledChunk chunk in step.Chunks) chunk.Sequence.ComputedTokens = chunk.End;
    }

    /// <summary>Takes a sequence out, wherever it is, and frees its blocks.</summary>
    public void Remove(Sequence sequence)
    {
        switch (sequence.Phase)
        {
            case SequencePhase.Running:
                _running.Remove(sequence);
                break;
            case SequencePhase.Waiting or SequencePhase.Preempted:
                _waiting.Remove(sequence);
                break;
            default:
                return;
        }

        sequence.Phase = SequencePhase.Finished;
        blocks.Release(sequence.Blocks);
    }

    private void ScheduleRunning()
    {
        for (int i = 0; i < _running.Count && _step.TokenCount < maxBatchedTokens; i++)
        {
            Sequence sequence = _running[i];
            int count = Wanted(sequence);
            // A sequence that has caught up waits for its owner; it does not hold up those behind it.
            if (count == 0) continue;
            while (!blocks.TryGrow(sequence.Blocks, sequence.ComputedTokens + count))
            {
                Sequence victim = _running[^1];
                Preempt(victim);
                if (victim == sequence) return;
            }

            Plan(sequence, count);
        }
    }

    /// <summary>Stops at the first sequence that does not fit: letting shorter ones pass would starve it.</summary>
    private void ScheduleWaiting()
    {
        while (_waiting.First is { } first && _running.Count < maxSequences && _step.TokenCount < maxBatchedTokens)
        {
            Sequence sequence = first.Value;
            ReadOnlySpan<int> prefix = sequence.SharesPrefix
                ? blocks.FindPrefix(sequence.Blocks, sequence.Tokens, sequence.Salt)
                : default;
            int known = prefix.Length * blocks.BlockSize;
            int count = Math.Min(sequence.Tokens.Count - known, maxBatchedTokens - _step.TokenCount);
            if (!blocks.TryStart(sequence.Blocks, prefix, known + count)) return;

            _waiting.RemoveFirst();
            Start(sequence, known);
            Plan(sequence, count);
        }
    }

    private int Wanted(Sequence sequence) =>
        Math.Min(sequence.Tokens.Count - sequence.ComputedTokens, maxBatchedTokens - _step.TokenCount);

    private void Start(Sequence sequence, int known)
    {
        if (sequence.Phase == SequencePhase.Waiting)
        {
            sequence.CachedTokens = known;
            _step.Started.Add(sequence);
        }

        sequence.Phase = SequencePhase.Running;
        sequence.ComputedTokens = known;
        _running.Add(sequence);
    }

    private void Plan(Sequence sequence, int count)
    {
        var chunk = new ScheduledChunk(sequence, sequence.ComputedTokens, count);
        if (sequence.SharesPrefix) blocks.Remember(sequence.Blocks, sequence.Tokens, sequence.Salt, chunk.End);
        _step.Add(chunk);
    }

    /// <summary>
    /// Takes a sequence's blocks; it computes its tokens again later. The victim is always the last of the running ones, which this
    /// step has not planned yet, so nothing planned has to be undone.
    /// </summary>
    private void Preempt(Sequence sequence)
    {
        _running.RemoveAt(_running.Count - 1);
        blocks.Release(sequence.Blocks);
        sequence.ComputedTokens = 0;
        sequence.Phase = SequencePhase.Preempted;
        _waiting.AddFirst(sequence);
        _step.Preempted.Add(sequence);
    }
}
