using System.Diagnostics;
using System.Runtime.InteropServices;
using Trireme.Kernels.Benchmarks;

namespace Trireme.Engine.Benchmarks;

/// <summary>What the machine can do at most on some threads together: the best of several runs.</summary>
internal static unsafe class MachineFloor
{
    private const int Runs = 5;

    /// <summary>Bytes read from memory per second.</summary>
    public static double ReadBytesPerSecond(int threads)
    {
        const long Bytes = 512L << 20;
        var memory = (byte*)NativeMemory.AlignedAlloc((nuint)Bytes, 64);
        try
        {
            new Span<byte>(memory, int.MaxValue / 4).Fill(1);
            return Best(threads, thread => Floors.Read(memory + (Bytes / threads * thread), Bytes / threads)) * Bytes;
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    /// <summary>Products and sums of bytes per second.</summary>
    public static double OperationsPerSecond(int threads)
    {
        const long Rounds = 20_000_000;
        return Best(threads, _ => Floors.DotProducts(Rounds)) * Rounds * Floors.OperationsPerRound * threads;
    }

    /// <summary>Runs per second of the fastest one.</summary>
    private static double Best(int threads, Action<int> run)
    {
        double best = 0;
        for (int i = 0; i < Runs; i++)
        {
            long start = Stopwatch.GetTimestamp();
            Thread[] workers = [.. Enumerable.Range(0, threads).Select(thread => new Thread(() => run(thread)))];
            foreach (Thread worker in workers) worker.Start();
            foreach (Thread worker in workers) worker.Join();
            best = Math.Max(best, 1 / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return best;
    }
}
