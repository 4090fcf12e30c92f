using Trireme.ApiServer.Requests;

namespace Trireme.ApiServer.GarbageCollection;

/// <summary>What an owner reference leads to.</summary>
internal enum OwnerState
{
    /// <summary>The owner is there.</summary>
    Solid,

    /// <summary>The owner is being deleted in the foreground: it waits for its dependents to go first.</summary>
    Waiting,

    /// <summary>No such object is at that name in the dependent's namespace: it is gone, never was, or lies elsewhere.</summary>
    Absent,

    /// <summary>
    /// There is no telling: the kind is not served here, or is namespaced while the dependent lies in no namespace. As in Kubernetes,
    /// such a dependent is left alone.
    /// </summary>
    Unknown,
}

internal enum DependentAction
{
    Keep,

    /// <summary>The references to owners that no longer count are taken off.</summary>
    Forget,

    Delete,
}

/// <summary>What becomes of a dependent.</summary>
/// <param name="Action">What to do.</param>
/// <param name="Forgotten">The references to take off, with <see cref="DependentAction.Forget"/>.</param>
/// <param name="Propagation">What becomes of its own dependents, with <see cref="DependentAction.Delete"/>.</param>
internal sealed record DependentFate(
    DependentAction Action, IReadOnlyList<OwnerLink> Forgotten, DeletionPropagation Propagation = DeletionPropagation.Background)
{
    public static DependentFate Keep { get; } = new(DependentAction.Keep, []);
}

/// <summary>Kubernetes' rules about owners and dependents, as pure functions.</summary>
internal static class OwnershipRules
{
    /// <summary>Decides over an object that has owners and is not being deleted.</summary>
    /// <param name="owners">Its references with what they lead to.</param>
    /// <param name="hasDependents">Whether other objects name it as their owner.</param>
    /// <param name="finalizers">Its finalizers, which may ask for a way of deletion.</param>
    public static DependentFate Decide(
        IReadOnlyList<(OwnerLink Link, OwnerState State)> owners, bool hasDependents, IReadOnlyList<string> finalizers)
    {
        if (owners.Count == 0 || owners.Any(owner => owner.State == OwnerState.Unknown)) return DependentFate.Keep;
        if (owners.Any(owner => owner.State == OwnerState.Solid))
        {
            OwnerLink[] forgotten = [.. owners.Where(owner => owner.State != OwnerState.Solid).Select(owner => owner.Link)];
            return forgotten.Length == 0 ? DependentFate.Keep : new DependentFate(DependentAction.Forget, forgotten);
        }

        // An owner that waits for this object waits for what depends on it as well.
        bool waiting = hasDependents && owners.Any(owner => owner.State == OwnerState.Waiting);
        DeletionPropagation propagation = waiting ? DeletionPropagation.Foreground : ObjectDeletion.StandingPropagation(finalizers);
        return new DependentFate(DependentAction.Delete, [], propagation);
    }

    /// <summary>
    /// Whether an object that is deleted in the foreground must wait: a dependent that blocks it is left. A dependent that itself waits
    /// for the object, over whatever others, is passed over, since in such a circle nobody would ever be first.
    /// </summary>
    /// <typeparam name="T">Identifies objects.</typeparam>
    /// <param name="owner">The object.</param>
    /// <param name="blockers">The dependents that block an object.</param>
    /// <param name="waits">Whether an object is itself being deleted in the foreground.</param>
    public static bool IsBlocked<T>(T owner, Func<T, IEnumerable<T>> blockers, Func<T, bool> waits)
        where T : notnull
    {
        foreach (T blocker in blockers(owner))
        {
            if (blocker.Equals(owner)) continue;
            if (!waits(blocker) || !WaitsFor(blocker, owner, blockers, waits)) return true;
        }

        return false;
    }

    private static bool WaitsFor<T>(T from, T owner, Func<T, IEnumerable<T>> blockers, Func<T, bool> waits)
        where T : notnull
    {
        var seen = new HashSet<T> { from };
        var open = new Stack<T>([from]);
        while (open.TryPop(out T? current))
        {
            foreach (T blocker in blockers(current))
            {
                if (blocker.Equals(owner)) return true;
                if (waits(blocker) && seen.Add(blocker)) open.Push(blocker);
            }
        }

        return false;
    }
}
