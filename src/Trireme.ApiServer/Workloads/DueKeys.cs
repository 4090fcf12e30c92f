using System.Collections.Concurrent;
using Trireme.ApiServer.Hosting;

namespace Trireme.ApiServer.Workloads;

/// <summary>
/// Keys that a controller has to look at. Changes only say what to look at; the controller reads the store again, so that a key that comes
/// twice is looked at once, and one that comes while it is looked at is looked at again.
/// </summary>
/// <typeparam name="T">What is looked at; there are never more than there are such objects.</typeparam>
internal sealed class DueKeys<T>
    where T : notnull
{
    private readonly ConcurrentDictionary<T, byte> _due = new();
    private readonly Wake _wake = new();

    public bool IsEmpty => _due.IsEmpty;

    public void Add(T key)
    {
        _due[key] = 0;
        _wake.Up();
    }

    /// <summary>Takes all that is due; what is added from here on is looked at again.</summary>
    public IReadOnlyList<T> Take()
    {
        T[] taken = [.. _due.Keys];
        foreach (T key in taken) _due.TryRemove(key, out _);
        return taken;
    }

    public Task WaitAsync(CancellationToken cancellationToken) => _wake.WaitAsync(cancellationToken);
}
