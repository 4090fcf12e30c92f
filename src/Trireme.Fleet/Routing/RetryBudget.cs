namespace Trireme.Fleet.Routing;

/// <summary>
/// Lets a service retry a share of its requests. Every answered request earns a fraction of a retry and every retry spends a whole one, so
/// that a service that fails altogether is not asked many times as often as before. Safe to use from many threads.
/// </summary>
/// <param name="ratio">Retries per answered request.</param>
/// <param name="reserve">Retries that may be spent before any is earned, and the most that can be saved up.</param>
public sealed class RetryBudget(double ratio, int reserve)
{
    /// <summary>Parts of one retry, so that fractions are whole numbers.</summary>
    private const int Scale = 1000;

    private readonly int _earned = (int)(ratio * Scale);
    private readonly int _most = reserve * Scale;
    private int _balance = reserve * Scale;

    /// <summary>True while at least one whole retry is left.</summary>
    public bool CanSpend => Volatile.Read(ref _balance) >= Scale;

    /// <summary>Adds what one answered request earns.</summary>
    public void Earn()
    {
        int balance = Volatile.Read(ref _balance);
        while (balance < _most)
        {
            int seen = Interlocked.CompareExchange(ref _balance, Math.Min(_most, balance + _earned), balance);
            if (seen == balance) return;
            balance = seen;
        }
    }

    /// <summary>Takes one retry; false when none is left.</summary>
    public bool TrySpend()
    {
        int balance = Volatile.Read(ref _balance);
        while (balance >= Scale)
        {
            int seen = Interlocked.CompareExchange(ref _balance, balance - Scale, balance);
            if (seen == balance) return true;
            balance = seen;
        }

        return false;
    }
}
