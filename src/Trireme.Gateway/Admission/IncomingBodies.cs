namespace Trireme.Gateway.Admission;

/// <summary>
/// Counts the requests of each key whose bodies are on their way. A client that sends a few bytes a second holds a connection for hours,
/// and a key that does so many times over must not take all of them. Safe to use from many threads.
/// </summary>
/// <param name="most">Of one key at a time.</param>
internal sealed class IncomingBodies(int most)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _keys = new(StringComparer.Ordinal);

    /// <summary>False when the key has as many as it may.</summary>
    public bool TryBegin(string key)
    {
        lock (_lock)
        {
            int own = _keys.GetValueOrDefault(key);
            if (own >= most) return false;
            _keys[key] = own + 1;
            return true;
        }
    }

    public void End(string key)
    {
        lock (_lock)
        {
            int own = _keys[key] - 1;
            if (own > 0) _keys[key] = own;
            else _keys.Remove(key);
        }
    }
}
