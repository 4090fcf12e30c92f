using Trireme.Inference.Caching;
using Trireme.Inference.Scheduling;

namespace Trireme.Inference.Tests.Scheduling;

/// <summary>Random arrivals, answers and cancellations over a cache that is nearly always too small.</summary>
public sealed class SchedulerSimulationTests
{
    private const int BlockSize = 8;
    private const int MaxContext = 160;

    [Fact]
    public void Every_request_ends_no_block_is_lost_and_the_budget_holds()
    {
        int steps = 0;
        int preemptions = 0;
        int cached = 0;
        for (int seed = 0; seed < 100; seed++)
        {
            var simulation = new Simulation(seed);
            simulation.Run();
            steps += simulation.Steps;
            preemptions += simulation.Preemptions;
            cached += simulation.CachedTokens;
        }

        // The invariants mean little unless the rare paths are taken often.
        Assert.True(steps > 20_000, $"{steps} steps");
        Assert.True(preemptions > 1_000, $"{preemptions} preemptions");
        Assert.True(cached > 10_000, $"{cached} cached tokens");
    }

    private sealed class Simulation
    {
        private const int Requests = 60;

        private readonly Random _random;
        private readonly BlockPool _pool;
        private readonly Scheduler _scheduler;
        private readonly int _maxSequences;
        private readonly int _budget;
        private readonly Dictionary<Sequence, int> _targets = [];
        private readonly int[,] _contents;
        private int _arrived;

        public Simulation(int seed)
        {
            _random = new Random(seed);
            _pool = new BlockPool((MaxContext / BlockSize) + _random.Next(30));
            _contents = new int[_pool.BlockCount, BlockSize];
            _maxSequences = _random.Next(1, 12);
            _budget = _maxSequences + _random.Next(50);
            _scheduler = new Scheduler(new SequenceBlocks(_pool, BlockSize, prefixCaching: seed % 4 != 0), _maxSequences, _budget);
        }

        public int Steps { get; private set; }

        public int Preemptions { get; private set; }

        public int CachedTokens { get; private set; }

        public void Run()
        {
            while (_arrived < Requests || _targets.Count > 0)
            {
                // Each step computes at least one token of the first running request, so this bound is generous.
                Assert.True(Steps < Requests * MaxContext * 4, "The requests do not end.");
                Arrive();
                ScheduledStep step = _scheduler.Schedule();
                Check(step);
                Compute(step);
                Scheduler.Complete(step);
                Generate(step);
                Cancel();
                Steps++;
            }

            Assert.Equal(_pool.BlockCount, _pool.FreeCount);
            Assert.Equal(0, _scheduler.WaitingCount + _scheduler.RunningCount);
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
                var sequence = new Sequence(tokens, salt: _random.Next(5) == 0 ? "other" : null, sharesPrefix: _random.Next(6) != 0);
                _targets.Add(sequence, _random.Next(prompt + 1, MaxContext));
                _scheduler.Add(sequence);
                _arrived++;
            }
        }

        private void Check(ScheduledStep step)
        {
            Assert.InRange(step.TokenCount, 0, _budget);
            Assert.Equal(step.TokenCount, step.Chunks.Sum(chunk => chunk.Count));
            Assert.InRange(_scheduler.RunningCount, 0, _maxSequences);
            Assert.Equal(step.Chunks.Count, step.Chunks.Select(chunk => chunk.Sequence).Distinct().Count());
            Assert.True(step.TokenCount > 0 || _targets.Count == 0, "A step with unfinished requests computes nothing.");
            foreach (ScheduledChunk chunk in step.Chunks)
            {
                Assert.True(chunk.Count > 0 && chunk.First == chunk.Sequence.ComputedTokens);
                Assert.True(chunk.Sequence.Blocks.Count * BlockSize >= chunk.End);
            }

            int[] held = [.. _targets.Keys.SelectMany(sequence => sequence.Blocks.Blocks.ToArray())];
            Assert.Equal(_pool.BlockCount - held.Distinct().Count(), _pool.FreeCount);
            Assert.All(step.Preempted, sequence => Assert.Equal(0, sequence.Blocks.Count));
            Preemptions += step.Preempted.Count;
            CachedTokens += step.Started.Sum(sequence => sequence.CachedTokens);
        }

        /// <summary>
        /// Writes into each slot a hash of everything its keys depend on, as a forward pass does, and then reads all slots the step's
        /// tokens attend to.
        /// </summary>
        private void Compute(ScheduledStep step)
        {
            foreach (ScheduledChunk chunk in step.Chunks)
            {
                Walk(chunk.Sequence, chunk.First, chunk.End, (block, slot, hash) => _contents[block, slot] = hash);
            }

            int wrong = 0;
            foreach (ScheduledChunk chunk in step.Chunks)
            {
                Walk(chunk.Sequence, 0, chunk.End, (block, slot, hash) => wrong += _contents[block, slot] == hash ? 0 : 1);
            }

            Assert.Equal(0, wrong);
        }

        private static void Walk(Sequence sequence, int first, int end, Action<int, int, int> visit)
        {
            int hash = sequence.Salt is null ? 17 : 19;
            for (int i = 0; i < end; i++)
            {
                hash = HashCode.Combine(hash, sequence.Tokens[i]);
                if (i >= first) visit(sequence.Blocks.Blocks[i / BlockSize], i % BlockSize, hash);
            }
        }

        private void Generate(ScheduledStep step)
        {
            foreach (ScheduledChunk chunk in step.Chunks)
            {
                if (!chunk.ReachesEnd) continue;
                chunk.Sequence.Tokens.Add(_random.Next(100_000));
                if (chunk.Sequence.Tokens.Count < _targets[chunk.Sequence]) continue;
                _targets.Remove(chunk.Sequence);
                _scheduler.Remove(chunk.Sequence);
            }
        }

        private void Cancel()
        {
            if (_targets.Count == 0 || _random.Next(40) != 0) return;
            Sequence sequence = _targets.Keys.ElementAt(_random.Next(_targets.Count));
            _targets.Remove(sequence);
            _scheduler.Remove(sequence);
        }
    }
}
