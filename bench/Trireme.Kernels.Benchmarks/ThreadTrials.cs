using System.Diagnostics;
using System.Globalization;
using Trireme.Inference.Kernels;

namespace Trireme.Kernels.Benchmarks;

/// <summary>
/// What trying thread counts costs: the share of steps on fewer than all threads on a quiet machine, and, beside as many endless loops as
/// there are processors, the time of a step over that of one thread by itself.
/// </summary>
internal sealed class ThreadTrials(Workload workload, KernelPath path, int threads)
{
    /// <summary>More on a quiet machine is felt.</summary>
    private const double ShareMax = 0.01;

    /// <summary>Beside a busy neighbour, all threads waiting for each other take several times as long as one.</summary>
    private const double CollapseMin = 2;

    // A step of one token and few matrices is as short as a small model's, and one of many tokens and matrices as long as a prompt's.
    private static readonly (string Name, int Tokens, int Matrices, int Steps)[] Kinds =
        [("steps of one token", 1, 8, 3000), ("steps of a prompt", Workload.TokensMax, 12, 60)];

    /// <summary>Prints the figures and says whether they hold.</summary>
    public bool Run()
    {
        bool holds = true;
        foreach ((string name, int tokens, int matrices, int steps) in Kinds)
        {
            using var quiet = new ComputeThreads(threads);
            (double share, _) = Measure(quiet, tokens, matrices, steps);
            Print($"{name}, quiet: {share:P2} of {steps} below {threads} threads; at most {ShareMax:P0}");
            holds &= share <= ShareMax;

            Process[] loops = [.. Enumerable.Range(0, Environment.ProcessorCount)
                .Select(static _ => Process.Start("sh", ["-c", "while :; do :; done"]))];
            try
            {
                using var one = new ComputeThreads(1);
                using var all = new ComputeThreads(threads);
                double alone = Measure(one, tokens, matrices, steps / 4).Seconds;
                (double below, double seconds) = Measure(all, tokens, matrices, steps / 4);
                double ratio = seconds / alone;
                Print($"{name}, beside {loops.Length} loops: {ratio:0.00} times one thread's; below {CollapseMin:0}; {below:P0} on fewer");
                holds &= ratio < CollapseMin;
            }
            finally
            {
                foreach (Process loop in loops)
                {
                    loop.Kill();
                    loop.WaitForExit();
                    loop.Dispose();
                }
            }
        }

        return holds;
    }

    /// <summary>The share of steps on fewer than all threads, and the seconds of a step.</summary>
    private (double Share, double Seconds) Measure(ComputeThreads pool, int tokens, int matrices, int steps)
    {
        // The first runs compile.
        for (int i = 0; i < 3; i++) workload.Multiply(path, matrices, tokens, 0, 1);
        int below = 0;
        long start = Stopwatch.GetTimestamp();
        for (int step = 0; step < steps; step++)
        {
            pool.BeginStep(tokens);
            if (pool.Active < pool.Count) below++;
            pool.Run((thread, count) => workload.Multiply(path, matrices, tokens, thread, count));
            pool.EndStep();
        }

        return ((double)below / steps, Stopwatch.GetElapsedTime(start).TotalSeconds / steps);
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
