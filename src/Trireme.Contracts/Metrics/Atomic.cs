namespace Trireme.Contracts.Metrics;

internal static class Atomic
{
    public static void Add(ref double target, double amount)
    {
        double current = Volatile.Read(ref target);
        while (true)
        {
            double seen = Interlocked.CompareExchange(ref target, current + amount, current);
            if (seen.Equals(current)) return;
            current = seen;
        }
    }
}
