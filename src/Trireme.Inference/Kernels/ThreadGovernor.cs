using System.Numerics;

namespace Trireme.Inference.Kernels;

/// <summary>
/// Decides on how many threads a step runs, from what steps like it took. More threads help only while the machine has idle cores and
/// bandwidth left; with neither, each phase waits for the slowest of them. A count is left for a reason only: steps that got slower than
/// at the last decision, or the kernel's word that threads wait for cores. A trial that is clearly worse ends with its first step, and long
/// steps are tried on only where the kernel says so, because a client feels each of them. What a trial may find on a quiet machine is
/// looked for so seldom that it costs less than a hundredth. Steps are compared with those of about as many tokens. A pure function of
/// what it is told.
/// </summary>
internal sealed class ThreadGovernor
{
    /// <summary>Steps that a count is judged by. A stalled thread must weigh in, so that their mean counts, not their best.</summary>
    private const int JudgedSteps = 4;

    /// <summary>A neighbour must be better by this factor, or noise would decide.</summary>
    private const double Gain = 0.97;

    /// <summary>A trial this much worse than what it would replace ends at once.</summary>
    private const double ClearlyWorse = 1.15;

    /// <summary>Steps this much slower than at the last decision call for another one.</summary>
    private const double Slowdown = 1.3;

    /// <summary>Steps longer than this are felt one by one.</summary>
    private const double LongStepSeconds = 0.1;

    /// <summary>A trial that gained nothing is not repeated for this many times its length, which bounds what trials cost.</summary>
    private const double PatienceMin = 16;
    private const double PauseMinSeconds = 0.1;

    /// <summary>Further trials in vain wait longer and longer, but not longer than this: a load that ends must be noticed.</summary>
    private const double PauseMaxSeconds = 8;

    /// <summary>Steps between trials without a reason: four of so many are half a hundredth.</summary>
    private const int ExploredSteps = 800;

    /// <summary>Fewer tokens have a bucket each; beyond, an octave has four, so that steps in one cost about the same per token.</summary>
    private const int ExactTokens = 8;

    private readonly int[] _counts;
    private readonly Bucket?[] _buckets = new Bucket?[ExactTokens + 4 * 32];
    private int _lastUsed;

    /// <param name="threadsMax">Most threads.</param>
    public ThreadGovernor(int threadsMax)
    {
        var counts = new List<int>();
        for (int count = 1; count < threadsMax; count *= 2) counts.Add(count);
        counts.Add(threadsMax);
        _counts = [.. counts];
        _lastUsed = _counts.Length - 1;
    }

    /// <summary>The number of threads for a step of this many tokens.</summary>
    /// <param name="tokens">At least one.</param>
    /// <param name="nowSeconds">The time, of any origin.</param>
    /// <param name="isContended">Whether threads wait for cores now; null where the kernel does not say.</param>
    public int Choose(int tokens, double nowSeconds, bool? isContended = null)
    {
        Bucket bucket = BucketOf(tokens);
        // What was seen in a trial says nothing of the count that is in use again.
        if (bucket.Trial == bucket.Current && bucket.Steps >= JudgedSteps
            && Neighbour(bucket, tokens, nowSeconds, isContended) is { } neighbour)
        {
            bucket.Trial = neighbour;
            bucket.Tried.Clear();
            bucket.TrialSeconds = 0;
            bucket.Steps = 0;
        }

        return _counts[bucket.Trial];
    }

    /// <summary>Tells what the step took that <see cref="Choose"/> was last asked about.</summary>
    public void Record(int tokens, double seconds, double nowSeconds)
    {
        Bucket bucket = BucketOf(tokens);
        double cost = seconds / tokens;
        if (bucket.Trial != bucket.Current)
        {
            bucket.Tried.Add(cost);
            bucket.TrialSeconds += seconds;
            // A long step is not tried twice: it decides alone.
            bool isOver = bucket.Tried.Count == JudgedSteps || cost > bucket.Recent.Mean * ClearlyWorse || seconds > LongStepSeconds;
            if (isOver) EndTrial(bucket, nowSeconds);
            return;
        }

        bucket.Steps++;
        bucket.Recent.Add(cost);
        if (bucket.Recent.Count == JudgedSteps && bucket.DecidedCost == 0) bucket.DecidedCost = bucket.Recent.Mean;
    }

    /// <summary>The count to try next, or null for no reason to.</summary>
    private int? Neighbour(Bucket bucket, int tokens, double nowSeconds, bool? isContended)
    {
        bool isSlower = bucket.Recent.Mean > bucket.DecidedCost * Slowdown;
        bool isLong = bucket.Recent.Mean * tokens > LongStepSeconds;
        // What is new is a reason at once; what was found in vain waits.
        if (isSlower || (isContended == true && !bucket.WasContended)) bucket.Patience = PatienceMin;
        if (isSlower && nowSeconds >= bucket.EarliestTrialSeconds) bucket.NextTrialSeconds = Math.Min(bucket.NextTrialSeconds, nowSeconds);
        if (isContended == true && !bucket.WasContended) bucket.NextTrialSeconds = bucket.EarliestTrialSeconds;
        bucket.WasContended = isContended == true;
        if (nowSeconds < bucket.NextTrialSeconds) return null;

        int last = _counts.Length - 1;
        if (bucket.Current < last && isContended != true && (!isLong || isContended == false))
        {
            bool goesOn = bucket.Current == 0 || !(isSlower && bucket.TriesFewer);
            bucket.TriesFewer = !goesOn;
            return bucket.Current + (goesOn ? 1 : -1);
        }

        bool hasReason = isContended == true || (isSlower && (!isLong || isContended is null));
        bool mayExplore = !isLong && bucket.Steps >= ExploredSteps;
        if (bucket.Current == 0 || !(hasReason || mayExplore)) return null;
        bucket.TriesFewer = true;
        return bucket.Current - 1;
    }

    private void EndTrial(Bucket bucket, double nowSeconds)
    {
        if (bucket.Tried.Mean < bucket.Recent.Mean * Gain)
        {
            bucket.Current = bucket.Trial;
            bucket.Recent.Clear();
            bucket.DecidedCost = bucket.Tried.Mean;
            bucket.Patience = PatienceMin;
            _lastUsed = bucket.Current;
        }
        else
        {
            bucket.Trial = bucket.Current;
            bucket.DecidedCost = bucket.Recent.Mean;
            bucket.Patience = Math.Min(bucket.Patience * 2, PauseMaxSeconds / PauseMinSeconds * PatienceMin);
            bucket.TriesFewer = !bucket.TriesFewer;
        }

        double least = Math.Max(PauseMinSeconds, bucket.TrialSeconds * PatienceMin);
        bucket.EarliestTrialSeconds = nowSeconds + least;
        bucket.NextTrialSeconds = nowSeconds + Math.Max(least, Math.Min(PauseMaxSeconds, bucket.TrialSeconds * bucket.Patience));
    }

    /// <summary>Steps of a kind not seen before begin where the last decision about others left off.</summary>
    private Bucket BucketOf(int tokens)
    {
        int octave = BitOperations.Log2((uint)tokens);
        int index = tokens < ExactTokens ? tokens : ExactTokens + 4 * octave + (int)((tokens >> (octave - 2)) & 3);
        return _buckets[index] ??= new Bucket(_lastUsed);
    }

    /// <summary>What is known about steps with about as many tokens.</summary>
    private sealed class Bucket(int start)
    {
        /// <summary>Index of the best count so far.</summary>
        public int Current { get; set; } = start;

        /// <summary>Index of the count in use; differs from the current one during a trial.</summary>
        public int Trial { get; set; } = start;

        public Window Recent { get; } = new();

        public Window Tried { get; } = new();

        /// <summary>Steps at the current count since the last trial.</summary>
        public int Steps { get; set; }

        public double TrialSeconds { get; set; }

        public double DecidedCost { get; set; }

        public double Patience { get; set; } = PatienceMin;

        public double NextTrialSeconds { get; set; }

        public double EarliestTrialSeconds { get; set; }

        public bool TriesFewer { get; set; }

        public bool WasContended { get; set; }
    }

    /// <summary>The last few costs per token.</summary>
    private sealed class Window
    {
        private readonly double[] _costs = new double[JudgedSteps];
        private int _next;

        public int Count { get; private set; }

        public double Mean
        {
            get
            {
                double sum = 0;
                for (int i = 0; i < Count; i++) sum += _costs[i];
                return sum / Count;
            }
        }

        public void Add(double cost)
        {
            _costs[_next] = cost;
            _next = (_next + 1) % JudgedSteps;
            Count = Math.Min(Count + 1, JudgedSteps);
        }

        public void Clear()
        {
            Count = 0;
            _next = 0;
        }
    }
}
