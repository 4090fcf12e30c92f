namespace Trireme.Operator.Artifacts;

/// <summary>One at a time for each key, in the order they came.</summary>
internal sealed class KeyedTurns
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Turn> _turns = new(StringComparer.Ordinal);

    public async Task<T> RunAsync<T>(string key, Func<Task<T>> work, CancellationToken cancellationToken)
    {
        Turn turn;
        lock (_lock)
        {
            if (!_turns.TryGetValue(key, out turn!)) _turns[key] = turn = new Turn();
            turn.Users++;
        }

        try
        {
            return await turn.Gate.RunAsync(work, cancellationToken);
        }
        finally
        {
            lock (_lock)
            {
                if (--turn.Users == 0) _turns.Remove(key);
            }
        }
    }

    private sealed class Turn
    {
        public ConcurrencyGate Gate { get; } = new(1);

        public int Users { get; set; }
    }
}
