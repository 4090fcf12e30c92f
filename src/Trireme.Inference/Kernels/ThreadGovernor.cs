using System.Numerics;

namespace Trireme.Inference.Kernels;

/// <summary>
/// Decides on how many threads a step runs, from what steps like it took. More threads help only while the machine has idle cores and
/// bandwidth left; with neither, each phase waits for the slowest of them. That is not known in advance, so the governor keeps
/// to the best count and tries its neighbours now and then: seldom while that gains nothing, at once when steps get slower. Steps
/// are compared with those of about as many tokens. A pure function of the times it is told.
/// </summary>
internal sealed class ThreadGovernor
{
    /// <summary>Steps that a count is judged by. A stalled thread must weigh in, so that their mean counts, not their best.</summary>
    private const int JudgedSteps = 4;

    /// <summary>A neighbour must be better by this factor, or noise would decide.</summary>
    private const double Gain = 0.97;

    /// <summary>Steps this much slower than at the last decision call for another one.</summary>
    private const double Slowdown = 1.3;

    /// <summary>A trial that gained nothing is not repeated for this many times its length, which bounds what trials cost.</summary>
    private const double PatienceMin = 16;
    private const double PauseMinSeconds = 0.1;

    /// <summary>Further trials in vain wait longer and longer, but not longer than this: a load that ends must be noticed.</summary>
    private const double PauseMaxSeconds = 8;

    private readonly int[] _counts;
    private readonly Bucket?[] _buckets = new Bucket?[33];

    /// <param name="threadsMax">Most threads.</param>
    public ThreadGovernor(int threadsMax)
    {
        var counts = new List<int>();
        for (int count = 1; count < threadsMax; count *= 2) counts.Add(count);
        counts.Add(threadsMax);
        _counts = [.. counts];
    }

    /// <summary>The number of threads for a step of this many tokens.</summary>
    public int Choose(int tokens, double nowSeconds)
    {
        Bucket bucket = BucketOf(tokens);
        if (bucket.Trial == bucket.Current && bucket.Recent.Count >= JudgedSteps && nowSeconds >= bucket.NextTrialSeconds)
        {
            StartTrial(bucket);
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
            if (bucket.Tried.Count == JudgedSteps) EndTrial(bucket, nowSeconds);
            return;
        }

        bucket.Recent.Add(cost);
        if (bucket.Recent.Count < JudgedSteps) return;
        if (bucket.DecidedCost == 0) bucket.DecidedCost = bucket.Recent.Mean;
        bool isSlower = bucket.Recent.Mean > bucket.DecidedCost * Slowdown;
        if (!isSlower || nowSeconds < bucket.EarliestTrialSeconds) return;
        bucket.Patience = PatienceMin;
        bucket.NextTrialSeconds = nowSeconds;
    }

    private void StartTrial(Bucket bucket)
    {
        int last = _counts.Length - 1;
        bool canGrow = bucket.Current < last, canShrink = bucket.Current > 0;
        if (!canGrow && !canShrink) return;
        bucket.TriesFewer = canShrink && (!canGrow || !bucket.TriesFewer);
        bucket.Trial = bucket.Current + (bucket.TriesFewer ? -1 : 1);
        bucket.Tried.Clear();
        bucket.TrialSeconds = 0;
    }

    private static void EndTrial(Bucket bucket, double nowSeconds)
    {
        if (bucket.Tried.Mean < bucket.Recent.Mean * Gain)
        {
            bucket.Current = bucket.Trial;
            bucket.Recent.Clear();
            bucket.DecidedCost = bucket.Tried.Mean;
            bucket.Patience = PatienceMin;
            // What helped once may help twice: the next trial goes the same way.
            bucket.TriesFewer = !bucket.TriesFewer;
        }
        else
        {
            bucket.Trial = bucket.Current;
            bucket.DecidedCost = bucket.Recent.Mean;
            bucket.Patience = Math.Min(bucket.Patience * 2, PauseMaxSeconds / PauseMinSeconds * PatienceMin);
        }

        double least = Math.Max(PauseMinSeconds, bucket.TrialSeconds * PatienceMin);
        bucket.EarliestTrialSeconds = nowSeconds + least;
        bucket.NextTrialSeconds = nowSeconds + Math.Max(least, Math.Min(PauseMaxSeconds, bucket.TrialSeconds * bucket.Patience));
    }

    private Bucket BucketOf(int tokens) => _buckets[BitOperations.Log2((uint)tokens)] ??= new Bucket(_counts.Length - 1);

    /// <summary>What is known about steps with about as many tokens.</summary>
    private sealed class Bucket(int start)
    {
        /// <summary>Index of the best count so far.</summary>
        public int Current { get; set; } = start;

        /// <summary>Index of the count in use; differs from the current one during a trial.</summary>
        public int Trial { get; set; } = start;

        public Window Recent { get; } = new();

        public Window Tried { get; } = new();

        public double TrialSeconds { get; set; }

        public double DecidedCost { get; set; }

        public double Patience { get; set; } = PatienceMin;

        public double NextTrialSeconds { get; set; }

        public double EarliestTrialSeconds { get; set; }

        public bool TriesFewer { get; set; }
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
