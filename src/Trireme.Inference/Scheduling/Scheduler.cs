using Trireme.Fleet.Fairness;
using Trireme.Inference.Caching;

namespace Trireme.Inference.Scheduling;

/// <summary>
/// Decides what each step computes, by the rule of vLLM's v1 scheduler: running sequences first, in order, then waiting ones, all
/// under one budget of tokens. That one rule covers chunked prefill, prefix hits, decoding and going on after preemption. Order is
/// by priority, then by arrival; among waiting sequences of one priority, the tenant served least for its weight comes first. Beyond
/// vLLM, a waiting sequence takes the place of running ones of worse priority, and one of a tenant with few places that of a tenant with
/// many. No clock, no tasks, no I/O.
/// </summary>
internal sealed class Scheduler
{
    /// <summary>What a generated token costs a tenant in prompt tokens; the weight of the virtual token counter's authors.</summary>
    public const double DecodeCost = 2;

    private readonly SequenceBlocks _blocks;
    private readonly DraftPlanner _drafts;
    private readonly int _maxSequences;
    private readonly int _maxBatchedTokens;
    private readonly FairQueue<Sequence> _shares = new();
    private readonly SequenceQueue _queue;
    private readonly PriorityList<Sequence> _running = new();
    private readonly Victims _victims;
    private readonly ScheduledStep _step = new();
    private long _arrivals;
    private long _stepNumber;
    private int _budget;
    private int _draftReserve;

    public Scheduler(SequenceBlocks blocks, int maxSequences, int maxBatchedTokens)
    {
        _blocks = blocks;
        _drafts = new DraftPlanner(blocks);
        _queue = new SequenceQueue(_shares);
        _victims = new Victims(_running, _shares, blocks);
        _maxSequences = maxSequences;
        _maxBatchedTokens = maxBatchedTokens;
        SequenceLimit = maxSequences;
    }

    /// <summary>Sequences that may run at once at present; lowered for a while when memory runs out during work.</summary>
    public int SequenceLimit { get; private set; }

    public int WaitingCount => _queue.Count;

    /// <summary>Prompt tokens of the sequences that have not started; forks share their leader's.</summary>
    public long WaitingTokens => _shares.CostSum;

    public int RunningCount => _running.Count;

    public Sequence Running(int index) => _running[index];

    /// <summary>Running sequences whose next token is part of an answer: those that notice how long a step takes.</summary>
    public int StreamCount
    {
        get
        {
            int count = 0;
            for (int i = 0; i < _running.Count; i++)
            {
                if (_running[i].IsStream) count++;
            }

            return count;
        }
    }

    /// <summary>Takes a sequence and its forks in.</summary>
    public void Add(Sequence sequence)
    {
        Enter(sequence);
        foreach (Sequence fork in sequence.Forks) Enter(fork);
        _queue.Add(sequence);
    }

    /// <summary>Plans the next step. The result is valid until the next call.</summary>
    /// <param name="now">The time that deadlines are measured by.</param>
    /// <param name="tokenBudget">Most tokens of this step; the scheduler's own limit holds as well.</param>
    public ScheduledStep Schedule(long now, int tokenBudget)
    {
        _step.Clear();
        _stepNumber++;
        _budget = Math.Min(tokenBudget, _maxBatchedTokens);
        _draftReserve = DraftPlanner.Reserve(_running, _budget - CountSingles());
        _queue.TakeExpired(now, _step.Expired);
        foreach (Sequence sequence in _step.Expired) Finish(sequence);
        PreemptForPriority();
        bool fits = !PreemptToGrow();
        if (fits) PreemptForShare();
        // A step in which growth had to preempt admits nothing: that would only preempt again.
        if (PlanRunning() && fits) Admit();
        PlanDeferred();
        _drafts.Plan(_step, _budget - _step.TokenCount);
        return _step;
    }

    /// <summary>Notes that the planned tokens are computed, and those of the drafts that have become tokens since.</summary>
    public void Complete(ScheduledStep step)
    {
        foreach (ScheduledChunk chunk in step.Chunks) _drafts.Complete(chunk);
        if (SequenceLimit < _maxSequences) SequenceLimit++;
    }

    /// <summary>
    /// Gives up a step that ran out of memory: its sequences compute their tokens again, fewer at a time. Returns false when the step
    /// held one sequence only, which a smaller batch cannot help.
    /// </summary>
    public bool TryShrinkBatch(ScheduledStep step)
    {
        if (step.Chunks.Count < 2) return false;
        SequenceLimit = Math.Max(1, step.Chunks.Count / 2);
        foreach (ScheduledChunk chunk in step.Chunks) Preempt(chunk.Sequence);
        return true;
    }

    /// <summary>Takes a sequence out, wherever it is, and frees its blocks. Forks that wait for it go on without it.</summary>
    public void Remove(Sequence sequence)
    {
        switch (sequence.Phase)
        {
            case SequencePhase.Running:
                Leave(sequence);
                break;
            case SequencePhase.Waiting or SequencePhase.Preempted:
                _queue.Remove(sequence);
                break;
            default:
                return;
        }

        Finish(sequence);
        _queue.KeepForks(sequence);
    }

    /// <summary>Tokens that may still be planned; what is kept for drafts is not among them.</summary>
    private int Left => _budget - _draftReserve - _step.TokenCount;

    /// <summary>
    /// Preempts for a sequence of strictly better priority, before anything is planned. Equals never preempt each other, so none can
    /// take back what was taken from it.
    /// </summary>
    private void PreemptForPriority()
    {
        if (_running.Count == 0 || _queue.Next() is not { } urgent) return;
        while (_running.Count > 0 && _running.Last.Priority > urgent.Priority && !Fits(urgent)) Preempt(_running.Last);
    }

    /// <summary>Preempts until every running answer has a block for its next token, and returns whether it had to.</summary>
    private bool PreemptToGrow()
    {
        bool preempted = false;
        for (; _running.Count > 1 && _victims.CountMissing() > _blocks.FreeCount; preempted = true) Preempt(_victims.Next());
        return preempted;
    }

    /// <summary>Preempts sequences of a tenant that has more places than others are left, if that makes room for one of theirs.</summary>
    private void PreemptForShare()
    {
        if (_running.Count == 0 || _queue.Next() is not { } next || _victims.CountOwed(next) is not (> 0 and var owed)) return;
        ReadOnlySpan<int> prefix = FindPrefix(next);
        int known = prefix.Length * _blocks.BlockSize;
        int tokens = known + Math.Min(next.Tokens.Count - known, _budget);
        foreach (Sequence victim in _victims.ForShare(owed, prefix, tokens, SequenceLimit)) Preempt(victim);
    }

    private bool Fits(Sequence sequence)
    {
        if (_running.Count >= SequenceLimit) return false;
        ReadOnlySpan<int> prefix = FindPrefix(sequence);
        int known = prefix.Length * _blocks.BlockSize;
        return _blocks.CanStart(prefix, known + Math.Min(sequence.Tokens.Count - known, _budget));
    }

    /// <summary>
    /// Gives each running sequence its tokens, answers before prompts, and returns false when blocks ran out on the way. A prompt of
    /// worse priority than the best waiting one stands back until that has started.
    /// </summary>
    private bool PlanRunning()
    {
        int prefillLeft = Math.Max(0, _budget - _draftReserve - CountSingles());
        int urgent = _queue.Next()?.Priority ?? int.MaxValue;
        bool fits = true;
        for (int i = 0; i < _running.Count && Left > 0; i++)
        {
            Sequence sequence = _running[i];
            int remaining = sequence.Remaining;
            // A sequence that has caught up waits for its owner; it does not hold up those behind it.
            if (remaining == 0 || sequence.PlannedStep == _stepNumber) continue;
            if (remaining > 1 && (prefillLeft == 0 || urgent < sequence.Priority)) continue;
            int count = remaining == 1 ? 1 : Math.Min(remaining, Math.Min(prefillLeft, Left));
            // Victims are chosen from here on, where this step has planned nothing yet: nothing planned has to be undone.
            while (!TryGrow(sequence, count))
            {
                Sequence victim = _victims.Next(from: i);
                Preempt(victim);
                fits = false;
                if (victim == sequence) return false;
            }

            if (remaining > 1) prefillLeft -= count;
            Plan(sequence, count);
        }

        return fits;
    }

    /// <summary>Stops at the first sequence that does not fit: letting shorter ones pass would starve it.</summary>
    private void Admit()
    {
        while (_running.Count < SequenceLimit && Left > 0 && _queue.Next() is { } sequence)
        {
            // What has just given way would only take the blocks back.
            if (_step.Preempted.Contains(sequence)) return;
            ReadOnlySpan<int> prefix = FindPrefix(sequence);
            int known = prefix.Length * _blocks.BlockSize;
            int count = Math.Min(sequence.Tokens.Count - known, Left);
            if (!_blocks.TryStart(sequence.Blocks, prefix, known + count)) return;
            _queue.Remove(sequence);
            Start(sequence, known, cached: known);
            Plan(sequence, count);
        }
    }

    /// <summary>Gives what is left of the budget to the prompts that stood back, at the cost of none that this step computes.</summary>
    private void PlanDeferred()
    {
        for (int i = 0; i < _running.Count && Left > 0; i++)
        {
            Sequence sequence = _running[i];
            if (sequence.Remaining == 0 || sequence.PlannedStep == _stepNumber) continue;
            int count = Math.Min(sequence.Remaining, Left);
            while (!TryGrow(sequence, count))
            {
                Sequence victim = _victims.Next(from: i);
                if (victim == sequence || victim.PlannedStep == _stepNumber) return;
                Preempt(victim);
            }

            Plan(sequence, count);
        }
    }

    private int CountSingles()
    {
        int count = 0;
        for (int i = 0; i < _running.Count; i++)
        {
            if (_running[i].Remaining == 1) count++;
        }

        return count;
    }

    private ReadOnlySpan<int> FindPrefix(Sequence sequence) =>
        sequence.SharesPrefix ? _blocks.FindPrefix(sequence.Blocks, sequence.Tokens, sequence.Salt) : default;

    private bool TryGrow(Sequence sequence, int count) =>
        _blocks.TryGrow(sequence.Blocks, sequence.ComputedTokens, sequence.ComputedTokens + count, _step.Copies);

    private void Enter(Sequence sequence)
    {
        sequence.Arrival = _arrivals++;
        _shares.Enter(sequence);
    }

    private void Finish(Sequence sequence)
    {
        sequence.Phase = SequencePhase.Finished;
        _blocks.Release(sequence.Blocks);
        _shares.Leave(sequence);
    }

    private void Start(Sequence sequence, int known, int cached)
    {
        if (sequence.Phase == SequencePhase.Waiting)
        {
            sequence.CachedTokens = cached;
            sequence.ChargedTokens = known;
            _step.Started.Add(sequence);
            // A request of several answers has started in time once the first one does.
            foreach (Sequence fork in sequence.Forks) fork.Deadline = null;
        }

        sequence.Phase = SequencePhase.Running;
        sequence.ComputedTokens = known;
        _running.Add(sequence);
        _shares.TakePlace(sequence);
    }

    private void Plan(Sequence sequence, int count)
    {
        var chunk = new ScheduledChunk(sequence, sequence.ComputedTokens, count);
        if (sequence.SharesPrefix) _blocks.CacheFullBlocks(sequence.Blocks, sequence.Tokens, sequence.Salt, chunk.End);
        sequence.PlannedStep = _stepNumber;
        _step.Add(chunk);
        Charge(sequence, chunk);
        if (chunk.End == sequence.PromptLength && sequence.Forks.Count > 0) StartForks(sequence);
    }

    private void Charge(Sequence sequence, in ScheduledChunk chunk)
    {
        int tokens = chunk.End - sequence.ChargedTokens;
        if (tokens <= 0) return;
        sequence.ChargedTokens = chunk.End;
        _shares.Charge(sequence, chunk.IsDecode ? DecodeCost * tokens : tokens);
    }

    /// <summary>
    /// Lets forks share all blocks of a prompt whose computation is planned. Each computes the last prompt token once more, in the
    /// same step and with the same result, because its logits are what the fork goes on from.
    /// </summary>
    private void StartForks(Sequence leader)
    {
        while (leader.Forks is [var fork, ..] && _running.Count < SequenceLimit && Left > 0)
        {
            _queue.Remove(fork);
            _blocks.Share(leader.Blocks, fork.Blocks);
            Start(fork, fork.PromptLength - 1, leader.CachedTokens);
            Plan(fork, 1);
        }

        // The others start on their own and find the prompt in the prefix cache.
        _queue.PartForks(leader);
    }

    private void Leave(Sequence sequence)
    {
        _running.Remove(sequence);
        _shares.GiveUpPlace(sequence);
    }

    /// <summary>Takes a sequence's blocks; it computes its tokens again later.</summary>
    private void Preempt(Sequence sequence)
    {
        Leave(sequence);
        _blocks.Release(sequence.Blocks);
        sequence.ComputedTokens = 0;
        sequence.Restarts++;
        sequence.WantedDrafts = 0;
        sequence.Phase = SequencePhase.Preempted;
        _queue.AddPreempted(sequence);
        _step.Preempted.Add(sequence);
    }
}
