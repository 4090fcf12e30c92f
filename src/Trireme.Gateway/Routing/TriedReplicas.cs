namespace Trireme.Gateway.Routing;

/// <summary>Replicas that have failed one request. A few at most, so lists do.</summary>
internal sealed class TriedReplicas
{
    private List<LiveReplica>? _broken;

    /// <summary>Not to be asked again; null before the first failure, which most requests never see.</summary>
    public List<LiveReplica>? Excluded { get; private set; }

    /// <param name="replica">The replica that failed.</param>
    /// <param name="answered">True if it answered with an error: asking again would get the same answer.</param>
    public void Add(LiveReplica replica, bool answered)
    {
        (Excluded ??= []).Add(replica);
        if (!answered) (_broken ??= []).Add(replica);
    }

    /// <summary>
    /// Allows replicas whose connection broke to be asked again, for want of others: a kept connection may have been closed by
    /// the other side just then. Returns false when there are none.
    /// </summary>
    public bool TryReadmitBroken()
    {
        if (_broken is not { Count: > 0 }) return false;
        foreach (LiveReplica replica in _broken) Excluded!.Remove(replica);
        _broken.Clear();
        return true;
    }
}
