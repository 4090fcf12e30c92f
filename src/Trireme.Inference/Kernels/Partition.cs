namespace Trireme.Inference.Kernels;

/// <summary>Splits a count of independent items into one contiguous range per thread.</summary>
internal static class Partition
{
    /// <summary>The range of one thread. All ranges but the last are whole multiples of <paramref name="granularity"/>.</summary>
    public static (int First, int End) Range(int count, int index, int parts, int granularity = 1)
    {
        int units = (count + granularity - 1) / granularity;
        int first = (int)((long)units * index / parts) * granularity;
        int end = (int)((long)units * (index + 1) / parts) * granularity;
        return (Math.Min(first, count), Math.Min(end, count));
    }
}
