using Trireme.Contracts.Metrics;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Timing;

namespace Trireme.Kubernetes;

/// <summary>
/// An informer's objects with the reader's own writes on top: what it creates, changes and deletes is visible to its next decision at
/// once, not when the watch has reported it. Each assumption ends when the informer shows the write or something newer, or when the
/// write failed. One whose answer never came is believed for a short time; one that the server confirmed for longer than a watch can
/// be silent, and then a report that never comes is not waited for any more.
/// </summary>
public sealed class AssumedObjects<T>
    where T : class, IResource
{
    private readonly Informer<T> _informer;
    private readonly TimeProvider _time;
    private readonly AssumptionLifetimes _lifetimes;
    private readonly Func<T, DateTimeOffset, T> _markDeleting;
    private readonly Counter.Series? _expired;
    private readonly Lock _lock = new();
    private readonly Dictionary<ResourceKey, Assumption> _assumptions = [];
    private readonly Dictionary<string, HashSet<ResourceKey>> _byOwner = [];

    /// <param name="informer">What the server has reported.</param>
    /// <param name="markDeleting">The object with its deletion timestamp set.</param>
    /// <param name="lifetimes">Longest times a write is believed without a report.</param>
    /// <param name="expired">Counts assumptions that ended that way.</param>
    /// <param name="time">Measures it.</param>
    public AssumedObjects(
        Informer<T> informer,
        Func<T, DateTimeOffset, T> markDeleting,
        AssumptionLifetimes lifetimes,
        Counter.Series? expired,
        TimeProvider time)
    {
        _informer = informer;
        _markDeleting = markDeleting;
        _lifetimes = lifetimes;
        _expired = expired;
        _time = time;
        informer.Changed += key => Settle(key);
    }

    private enum Kind
    {
        Created,
        Changed,
        Deleted,
    }

    /// <summary>Writes that have not been reported yet.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _assumptions.Count;
            }
        }
    }

    /// <summary>
    /// True while a write to an object of this owner is believed without a report: what it leads to must be looked at again.
    /// </summary>
    public bool AnyAssumedOf(string ownerUid)
    {
        lock (_lock)
        {
            return _byOwner.ContainsKey(ownerUid);
        }
    }

    /// <summary>Shows an object that is about to be created.</summary>
    public void AssumeCreated(T resource)
    {
        var key = ResourceKey.Of(resource);
        lock (_lock)
        {
            Put(key, new Assumption(Kind.Created, resource, null, _time.GetSteadyTime(), _lifetimes.Unconfirmed));
        }
    }

    /// <summary>Shows an object that is about to be deleted with a deletion timestamp.</summary>
    public void AssumeDeleted(T resource)
    {
        var key = ResourceKey.Of(resource);
        DateTimeOffset now = _time.GetUtcNow();
        lock (_lock)
        {
            // What was created and not yet reported stays known as that: if its deletion fails, it is there.
            bool isUnreported = _assumptions.TryGetValue(key, out Assumption? earlier) && earlier.Kind == Kind.Created;
            Put(key, isUnreported
                ? earlier! with { DeletedAt = now }
                : new Assumption(Kind.Deleted, resource, null, _time.GetSteadyTime(), _lifetimes.Unconfirmed) { DeletedAt = now });
        }
    }

    /// <summary>Shows what the server answered to a write, in place of the version it was made from.</summary>
    public void AssumeChanged(T before, T written)
    {
        if (before.Metadata.ResourceVersion == written.Metadata.ResourceVersion) return;
        var key = ResourceKey.Of(written);
        lock (_lock)
        {
            // The watch may have been faster than the answer.
            if (_informer.Snapshot.Find(key)?.Metadata.ResourceVersion != before.Metadata.ResourceVersion) return;
            string? version = before.Metadata.ResourceVersion;
            Put(key, new Assumption(Kind.Changed, written, version, _time.GetSteadyTime(), _lifetimes.Confirmed));
        }
    }

    /// <summary>Says that the server has answered: the write is done, and only its report is missing.</summary>
    public void Confirm(ResourceKey key)
    {
        lock (_lock)
        {
            if (!_assumptions.TryGetValue(key, out Assumption? assumption)) return;
            Put(key, assumption with { Lifetime = _lifetimes.Confirmed });
        }
    }

    /// <summary>Takes back what was assumed last of an object, because the write failed.</summary>
    public void Forget(ResourceKey key)
    {
        lock (_lock)
        {
            if (!_assumptions.TryGetValue(key, out Assumption? assumption)) return;
            if (assumption is { Kind: Kind.Created, DeletedAt: not null }) Put(key, assumption with { DeletedAt = null });
            else Remove(key);
        }
    }

    public T? Find(ResourceKey key) => Settle(key);

    /// <summary>Objects that name an owner with this uid, without those whose deletion has been reported.</summary>
    public IEnumerable<T> OwnedBy(string uid)
    {
        foreach (T reported in _informer.Snapshot.OwnedBy(uid))
        {
            yield return Settle(ResourceKey.Of(reported)) ?? reported;
        }

        foreach (ResourceKey key in AssumedOf(uid))
        {
            if (_informer.Snapshot.Find(key) is null && Settle(key) is { } created) yield return created;
        }
    }

    private List<ResourceKey> AssumedOf(string uid)
    {
        lock (_lock)
        {
            return _byOwner.TryGetValue(uid, out HashSet<ResourceKey>? keys) ? [.. keys] : [];
        }
    }

    /// <summary>The object as it is to be seen, once an assumption that is over has been dropped.</summary>
    private T? Settle(ResourceKey key)
    {
        lock (_lock)
        {
            T? current = _informer.Snapshot.Find(key);
            if (!_assumptions.TryGetValue(key, out Assumption? assumption)) return current;
            bool isOver = assumption.Kind switch
            {
                Kind.Created => current is not null,
                Kind.Changed => current?.Metadata.ResourceVersion != assumption.BaseVersion,
                _ => current is null or { Metadata.IsDeleting: true } || current.Metadata.Uid != assumption.Resource.Metadata.Uid,
            };
            bool isExpired = !isOver && _time.GetSteadyTime() - assumption.At >= assumption.Lifetime;
            if (isExpired) _expired?.Add();
            if (isOver || isExpired)
            {
                Remove(key);
                bool goes = assumption is { Kind: Kind.Created, DeletedAt: not null } && current is { Metadata.IsDeleting: false };
                if (!goes) return current;

                // The report was of the creation; that of the deletion is still to come.
                Put(key, assumption with { Kind = Kind.Deleted, Resource = current! });
            }

            bool isOwn = assumption.Kind == Kind.Changed || current is null;
            T shown = isOwn ? assumption.Resource : current!;
            return assumption.DeletedAt is { } at ? _markDeleting(shown, at) : shown;
        }
    }

    private void Put(ResourceKey key, Assumption assumption)
    {
        Remove(key);
        _assumptions.Add(key, assumption);
        foreach (OwnerReference owner in assumption.Resource.Metadata.OwnerReferences ?? [])
        {
            if (!_byOwner.TryGetValue(owner.Uid, out HashSet<ResourceKey>? keys)) _byOwner[owner.Uid] = keys = [];
            keys.Add(key);
        }
    }

    private void Remove(ResourceKey key)
    {
        if (!_assumptions.Remove(key, out Assumption? assumption)) return;
        foreach (OwnerReference owner in assumption.Resource.Metadata.OwnerReferences ?? [])
        {
            if (_byOwner.TryGetValue(owner.Uid, out HashSet<ResourceKey>? keys) && keys.Remove(key) && keys.Count == 0)
            {
                _byOwner.Remove(owner.Uid);
            }
        }
    }

    private sealed record Assumption(Kind Kind, T Resource, string? BaseVersion, TimeSpan At, TimeSpan Lifetime)
    {
        /// <summary>Set while a deletion is assumed: the time of day that the object will bear.</summary>
        public DateTimeOffset? DeletedAt { get; init; }
    }
}

/// <summary>How long a write is believed without a report of it.</summary>
/// <param name="Unconfirmed">While its answer is missing.</param>
/// <param name="Confirmed">Once the server has confirmed it; longer than a watch may be silent.</param>
public readonly record struct AssumptionLifetimes(TimeSpan Unconfirmed, TimeSpan Confirmed);
