using Trireme.ApiServer.Resources;

namespace Trireme.ApiServer.GarbageCollection;

/// <summary>Objects to look at, each once however often it was named, in the order they were first named.</summary>
internal sealed class Worklist
{
    private readonly Queue<ObjectKey> _order = new();
    private readonly HashSet<ObjectKey> _waiting = [];

    public bool IsEmpty => _order.Count == 0;

    public void Add(ObjectKey key)
    {
        if (_waiting.Add(key)) _order.Enqueue(key);
    }

    public bool TryTake(out ObjectKey key)
    {
        bool any = _order.TryDequeue(out key);
        if (any) _waiting.Remove(key);
        return any;
    }
}
