using System.Collections.Concurrent;

namespace Trireme.ApiServer.Hosting;

/// <summary>
/// Keys that a controller has to look at. Changes only say what to look at; the controller reads the store again, so that a key that comes
/// twice is looked at once, and one that comes while it is looked at is looked at again.
/// </summary>
/// <typeparam name="T">What is looked at; there are never more than there are such objects.</typeparam>
/// <param name="wake">Woken with each key that comes.</param>
internal sealed class DueKeys<T>(Wake wake)
    where T : notnull
{
    private readonly ConcurrentDictionary<T, byte> _due = new();

    public Wake Wake => wake;

    public bool IsEmpty => _due.IsEmpty;

    public void Add(T key)
    {
        _due[key] = 0;
        wake.Up();
    }

    /// <summary>Takes all that is due; what is added from here on is looked at again.</summary>
    public IReadOnlyList<T> Take()
    {
        T[] taken = [.. _due.Keys];
        foreach (T key in taken) _due.TryRemove(key, out _);
        return taken;
    }
}
