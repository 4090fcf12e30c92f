using Trireme.Inference.Caching;
using Trireme.Inference.Scheduling;

namespace Trireme.Inference.Tests.Scheduling;

/// <summary>One life of a scheduler of random size. The time of a step is its number.</summary>
internal sealed class SchedulerSimulation
{
    private const int BlockSize = 8;
    private const int MaxContext = 160;
    private const int Requests = 60;

    /// <summary>Steps for which a better priority may find its room taken by those that run already.</summary>
    private const int MaxOvertakenSteps = 30;

    private readonly Random _random;
    private readonly SimulationCounts _counts;
    private readonly BlockPool _pool;
    private readonly Scheduler _scheduler;
    private readonly int _maxSequences;
    private readonly int _maxBatchedTokens;
    private readonly int _priorities;
    private readonly bool _prefixCaching;
    private readonly bool _drafts;
    private readonly Dictionary<Sequence, int> _targets = [];
    private readonly Dictionary<Sequence, int[]> _guesses = [];
    private readonly int[,] _contents;
    private int _arrived;
    private int _step;
    private int _overtakenSteps;

    public SchedulerSimulation(int seed, SimulationCounts counts)
    {
        _random = new Random(seed);
        _counts = counts;
        _pool = new BlockPool((MaxContext / BlockSize) + _random.Next(30));
        _contents = new int[_pool.BlockCount, BlockSize];
        _maxSequences = _random.Next(1, 12);
        _maxBatchedTokens = _maxSequences + _random.Next(50);
        _priorities = _random.Next(1, 4);
        _prefixCaching = seed % 4 != 0;
        _drafts = seed % 3 != 0;
        _scheduler = new Scheduler(new SequenceBlocks(_pool, BlockSize, _prefixCaching), _maxSequences, _maxBatchedTokens);
    }

    public void Run()
    {
        while (_arrived < Requests || _targets.Count > 0)
        {
            // Each step computes something; forks and retreats repeat a part.
            Assert.True(_step < Requests * MaxContext * 8, "The requests do not end.");
            Arrive();
            WantDrafts();
            int budget = _random.Next(3) == 0 ? _random.Next(1, _maxBatchedTokens + 1) : _maxBatchedTokens;
            ScheduledStep step = _scheduler.Schedule(_step, budget);
            CheckPlan(step, budget);
            CheckBlocks(step);
            CheckOrder(step, budget);
            CheckForks(step);
            Compute(step);
            CheckContents();
            Conclude(step);
            Cancel();
            _step++;
            _counts.Steps++;
        }

        Assert.Equal(_pool.BlockCount, _pool.FreeCount);
        Assert.Equal(0, _scheduler.WaitingCount + _scheduler.RunningCount);
        Assert.Equal(0, _scheduler.WaitingTokens);
    }

    private void Arrive()
    {
        while (_arrived < Requests && _random.Next(3) == 0)
        {
            int prompt = _random.Next(1, MaxContext - 1);
            // Few distinct beginnings, so that prompts often share blocks.
            int beginning = _random.Next(4) * 1000;
            int shared = _random.Next(prompt + 1);
            int[] tokens = [.. Enumerable.Range(0, prompt).Select(i => i < shared ? beginning + i : _random.Next(100_000))];
            bool sharesPrefix = _random.Next(6) != 0;
            string? salt = _random.Next(5) == 0 ? "other" : null;
            string tenant = $"tenant {_random.Next(4)}";
            int priority = _random.Next(_priorities);
            long? deadline = _random.Next(8) == 0 ? _step + _random.Next(60) : null;
            Sequence leader = Create();
            int forks = _random.Next(4) == 0 ? _random.Next(1, 5) : 0;
            for (int i = 0; i < forks; i++) leader.AddFork(Create());
            _scheduler.Add(leader);
            _arrived++;

            Sequence Create()
            {
                var sequence = new Sequence(tokens, salt, sharesPrefix)
                {
                    Priority = priority, Tenant = tenant, Weight = 1 + (tenant[^1] - '0'), Deadline = deadline,
                };
                _targets.Add(sequence, _random.Next(prompt + 1, MaxContext));
                return sequence;
            }
        }
    }

    /// <summary>Guesses what follows some answers. Nothing may be left of earlier guesses that were wrong.</summary>
    private void WantDrafts()
    {
        foreach (Sequence sequence in _targets.Keys)
        {
            if (sequence.Phase != SequencePhase.Running) continue;
            Assert.Equal((sequence.ComputedTokens + BlockSize - 1) / BlockSize, sequence.Blocks.Count);
            int room = MaxContext - sequence.Tokens.Count;
            bool wants = _drafts && sequence.IsStream && _random.Next(4) > 0;
            _guesses[sequence] = wants ? [.. Enumerable.Range(0, Math.Min(_random.Next(1, 12), room)).Select(_ => _random.Next())] : [];
            sequence.WantedDrafts = _guesses[sequence].Length;
        }
    }

    private void CheckPlan(ScheduledStep step, int budget)
    {
        foreach (Sequence sequence in step.Expired)
        {
            Assert.True(sequence.Deadline <= _step && sequence is { ComputedTokens: 0, GeneratedCount: 0, Phase: SequencePhase.Finished });
            Assert.True(_targets.Remove(sequence));
        }

        Assert.All(step.Started, sequence => Assert.True(sequence.Deadline is null || sequence.Deadline > _step));
        Assert.InRange(step.TokenCount, 0, budget);
        Assert.Equal(step.TokenCount, step.Chunks.Sum(chunk => chunk.Count + chunk.Drafts));
        Assert.Equal(step.DecodeCount, step.Chunks.Where(chunk => chunk.IsDecode).Sum(chunk => 1 + chunk.Drafts));
        Assert.InRange(_scheduler.RunningCount, 0, _maxSequences);
        Assert.Equal(step.Chunks.Count, step.Chunks.Select(chunk => chunk.Sequence).Distinct().Count());
        Assert.True(step.TokenCount > 0 || _targets.Count == 0, "A step with unfinished requests computes nothing.");
        foreach (ScheduledChunk chunk in step.Chunks)
        {
            Assert.True(chunk.Count > 0 && chunk.First == chunk.Sequence.ComputedTokens);
            Assert.True(chunk.Sequence.Phase == SequencePhase.Running && _targets.ContainsKey(chunk.Sequence));
            Assert.True(chunk.Sequence.Blocks.Count * BlockSize >= chunk.End + chunk.Drafts);
            Assert.True(chunk.Drafts == 0 || (chunk.IsDecode && chunk.ReachesEnd && chunk.Drafts <= _guesses[chunk.Sequence].Length));
        }

        _counts.Preemptions += step.Preempted.Count;
        _counts.CachedTokens += step.Started.Sum(sequence => sequence.CachedTokens);
        _counts.Copies += step.Copies.Count;
        _counts.Expired += step.Expired.Count;
    }

    private void CheckBlocks(ScheduledStep step)
    {
        var held = new HashSet<int>();
        int waiting = 0;
        foreach (Sequence sequence in _targets.Keys)
        {
            foreach (int block in sequence.Blocks.Blocks) held.Add(block);
            if (sequence.Phase == SequencePhase.Running) continue;
            waiting++;
            Assert.Equal(0, sequence.Blocks.Count);
        }

        Assert.Equal(_pool.BlockCount - held.Count, _pool.FreeCount);
        Assert.Equal(waiting, _scheduler.WaitingCount);
        Assert.All(step.Preempted, sequence => Assert.Equal(0, sequence.Blocks.Count));
    }

    private void CheckOrder(ScheduledStep step, int budget)
    {
        Sequence? worstRunning = null;
        Sequence? bestWaiting = null;
        foreach (Sequence sequence in _targets.Keys)
        {
            if (sequence.Phase == SequencePhase.Running)
            {
                if (worstRunning is null || CompareOrder(worstRunning, sequence) < 0) worstRunning = sequence;
            }
            else if (sequence.Leader is null && (bestWaiting is null || CompareOrder(bestWaiting, sequence) > 0))
            {
                bestWaiting = sequence;
            }
        }

        foreach (Sequence preempted in step.Preempted)
        {
            Assert.True(worstRunning is null || worstRunning.Priority <= preempted.Priority, "The victim was not the worst.");
            Assert.All(
                _targets.Keys.Where(other => other.Phase == SequencePhase.Running && other.Tenant == preempted.Tenant),
                other => Assert.True(CompareOrder(other, preempted) < 0, "The victim was not its tenant's last."));
            if (step.Started.Any(started => started.Priority < preempted.Priority)) _counts.Overtakings++;
        }

        // A better priority may be kept out by the budget, or for a while by what those that run need to grow.
        bool isOvertaken = bestWaiting?.Priority < worstRunning?.Priority && step.TokenCount < budget;
        _overtakenSteps = isOvertaken ? _overtakenSteps + 1 : 0;
        Assert.True(_overtakenSteps < MaxOvertakenSteps, "A better priority waits while worse ones run.");
    }

    private static int CompareOrder(Sequence left, Sequence right) =>
        left.Priority != right.Priority ? left.Priority.CompareTo(right.Priority) : left.Arrival.CompareTo(right.Arrival);

    private void CheckForks(ScheduledStep step)
    {
        Sequence? leader = null;
        foreach (ScheduledChunk chunk in step.Chunks)
        {
            // A fork follows whoever computes its prompt.
            if (leader is not null && step.Started.Contains(chunk.Sequence) && chunk.First == chunk.Sequence.PromptLength - 1
                && chunk.Sequence.CachedTokens == leader.CachedTokens && chunk.Sequence.Tokens.SequenceEqual(leader.Tokens)
                && chunk.Sequence.Blocks.Blocks.SequenceEqual(leader.Blocks.Blocks))
            {
                _counts.SharedForks++;
                continue;
            }

            leader = chunk.End == chunk.Sequence.PromptLength ? chunk.Sequence : null;
            Assert.True(leader is null || leader.Forks.Count == 0, "The prompt is computed, but its forks still wait for it.");
        }
    }

    /// <summary>
    /// Copies blocks, then writes into each slot a hash of everything its keys depend on, as a forward pass does, and then reads all
    /// slots the step's tokens attend to.
    /// </summary>
    private void Compute(ScheduledStep step)
    {
        foreach (BlockCopy copy in step.Copies)
        {
            for (int slot = 0; slot < BlockSize; slot++) _contents[copy.Target, slot] = _contents[copy.Source, slot];
        }

        foreach (ScheduledChunk chunk in step.Chunks) Write(chunk);
        foreach (ScheduledChunk chunk in step.Chunks) Assert.True(Holds(chunk.Sequence, chunk.End), "A token reads foreign keys.");
    }

    /// <summary>What was computed earlier must stay, whoever writes beside it.</summary>
    private void CheckContents()
    {
        foreach (Sequence sequence in _targets.Keys)
        {
            if (sequence.Phase == SequencePhase.Running) Assert.True(Holds(sequence, sequence.ComputedTokens), "Keys were overwritten.");
        }
    }

    private void Write(ScheduledChunk chunk)
    {
        Sequence sequence = chunk.Sequence;
        int hash = Root(sequence);
        for (int i = 0; i < chunk.End + chunk.Drafts; i++)
        {
            hash = HashCode.Combine(hash, i < chunk.End ? sequence.Tokens[i] : _guesses[sequence][i - chunk.End]);
            if (i >= chunk.First) _contents[sequence.Blocks.Blocks[i / BlockSize], i % BlockSize] = hash;
        }
    }

    private bool Holds(Sequence sequence, int end)
    {
        int hash = Root(sequence);
        for (int i = 0; i < end; i++)
        {
            hash = HashCode.Combine(hash, sequence.Tokens[i]);
            if (_contents[sequence.Blocks.Blocks[i / BlockSize], i % BlockSize] != hash) return false;
        }

        return true;
    }

    private static int Root(Sequence sequence) => sequence.Salt is null ? 17 : 19;

    private void Conclude(ScheduledStep step)
    {
        if (_random.Next(60) == 0 && _scheduler.TryShrinkBatch(step))
        {
            _pool.ResetPrefixes();
            _counts.Retreats++;
            return;
        }

        foreach (ScheduledChunk chunk in step.Chunks)
        {
            if (chunk.ReachesEnd) Extend(chunk);
        }

        _scheduler.Complete(step);
        foreach (ScheduledChunk chunk in step.Chunks)
        {
            if (chunk.Sequence.Tokens.Count < _targets[chunk.Sequence]) continue;
            _targets.Remove(chunk.Sequence);
            _scheduler.Remove(chunk.Sequence);
        }
    }

    /// <summary>Takes some of the guesses and then a token that was not guessed, unless the answer ends before.</summary>
    private void Extend(ScheduledChunk chunk)
    {
        Sequence sequence = chunk.Sequence;
        int accepted = Math.Min(_random.Next(chunk.Drafts + 1), _targets[sequence] - sequence.Tokens.Count - 1);
        for (int i = 0; i < accepted; i++) sequence.Tokens.Add(_guesses[sequence][i]);
        sequence.Tokens.Add(_random.Next(100_000));
        _counts.Drafts += chunk.Drafts;
        _counts.AcceptedDrafts += accepted;
    }

    private void Cancel()
    {
        if (_targets.Count == 0 || _random.Next(40) != 0) return;
        Sequence sequence = _targets.Keys.ElementAt(_random.Next(_targets.Count));
        _targets.Remove(sequence);
        _scheduler.Remove(sequence);
        Assert.Equal(0, sequence.Blocks.Count);
    }
}
