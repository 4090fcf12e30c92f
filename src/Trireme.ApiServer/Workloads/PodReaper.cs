using Microsoft.Extensions.Logging;
using Trireme.ApiServer.GarbageCollection;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Timing;

namespace Trireme.ApiServer.Workloads;

/// <summary>
/// Removes Pods whose time to end is over and whose machine never said that they have: no machine registers with this server, and what
/// waits for one would wait for ever. Their time is measured by the steady clock, from when they were first seen going.
/// </summary>
internal sealed class PodReaper : KeyedController<ObjectKey>
{
    /// <summary>How much longer than its grace a Pod is left to whoever runs it.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(10);

    private readonly ObjectStore _store;
    private readonly ObjectDeletion _deletion;
    private readonly ServedResource? _pods;

    /// <summary>Of each Pod that is going, since when; as many as there are such Pods.</summary>
    private readonly Dictionary<ObjectKey, (string Uid, TimeSpan Since)> _going = [];

    public PodReaper(
        ObjectStore store, ServedResources resources, ObjectDeletion deletion, ApiServerOptions options, ILogger<PodReaper> logger)
        : base(options, logger)
    {
        _store = store;
        _deletion = deletion;
        _pods = resources.Find("pods");
        store.Changes.Observe(Note);
    }

    protected override void Begin()
    {
        if (_pods is null) return;
        foreach (StoredObject stored in _store.List(new ListQuery(_pods, "")).Objects) Due.Add(stored.Key);
    }

    protected override async Task<TimeSpan?> LookAsync(ObjectKey key)
    {
        if (_store.Get(key) is not { } pod || !PodGrace.Holds(pod.Document))
        {
            _going.Remove(key);
            return null;
        }

        TimeSpan now = Time.GetSteadyTime();
        if (!_going.TryGetValue(key, out (string Uid, TimeSpan Since) known) || known.Uid != pod.Uid) _going[key] = known = (pod.Uid, now);
        TimeSpan left = known.Since + TimeSpan.FromSeconds(PodGrace.Left(pod.Document)) + Margin - now;
        if (left > TimeSpan.Zero) return left;
        await _deletion.DecideAsync(pod, current => _deletion.Mark(current.Document, propagation: null, graceSeconds: 0));
        return null;
    }

    private void Note(IReadOnlyList<Change> changes)
    {
        foreach (Change change in changes)
        {
            if (change.Object.Key.Resource == _pods && PodGrace.Holds(change.Object.Document)) Due.Add(change.Object.Key);
        }
    }
}
