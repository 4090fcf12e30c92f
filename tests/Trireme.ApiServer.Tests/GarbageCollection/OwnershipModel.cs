using System.Collections.Immutable;
using State = System.Collections.Immutable.ImmutableSortedDictionary<string, Trireme.ApiServer.Tests.GarbageCollection.OwnedObject>;

namespace Trireme.ApiServer.Tests.GarbageCollection;

/// <summary>
/// Kubernetes' rules of ownership, written down as single steps over a whole state, by place. Several steps may be possible at a time,
/// and their order may matter; what a collector ends at must be an end that some order leads to.
/// </summary>
internal static class OwnershipModel
{
    public const string Orphan = "orphan";
    public const string Foreground = "foregroundDeletion";

    private const int StatesMax = 200_000;

    /// <summary>Kinds that exist, and whether they lie in namespaces.</summary>
    public static ImmutableDictionary<string, bool> Kinds { get; } =
        ImmutableDictionary<string, bool>.Empty.Add("ConfigMap", true).Add("Secret", true).Add("ClusterThing", false);

    public static State Of(IEnumerable<OwnedObject> objects) =>
        objects.ToImmutableSortedDictionary(thing => thing.Place, thing => thing, StringComparer.Ordinal);

    public static string Text(State state) => string.Join('\n', state.Values);

    /// <summary>What a person's deletion does at once.</summary>
    public static State Delete(State state, string place, string? finalizer)
    {
        OwnedObject thing = state[place];
        ImmutableSortedSet<string> finalizers = thing.Finalizers.Remove(Orphan).Remove(Foreground);
        if (finalizer is not null) finalizers = finalizers.Add(finalizer);
        return finalizers.IsEmpty ? state.Remove(place) : state.SetItem(place, thing with { IsDeleting = true, Finalizers = finalizers });
    }

    /// <summary>Takes a finalizer off, which may let the object go.</summary>
    public static State Release(State state, string place, string finalizer)
    {
        OwnedObject thing = state[place] with { Finalizers = state[place].Finalizers.Remove(finalizer) };
        return thing.IsDeleting && thing.Finalizers.IsEmpty ? state.Remove(place) : state.SetItem(place, thing);
    }

    /// <summary>All states from which no step leads on.</summary>
    public static IReadOnlyList<string> Ends(State start)
    {
        var seen = new HashSet<string> { Text(start) };
        var open = new Stack<State>([start]);
        var ends = new List<string>();
        while (open.TryPop(out State? state))
        {
            bool last = true;
            foreach (State next in Steps(state))
            {
                last = false;
                if (seen.Add(Text(next))) open.Push(next);
            }

            if (last) ends.Add(Text(state));
            if (seen.Count > StatesMax) throw new InvalidOperationException("The graph is too large to look at every order.");
        }

        return ends;
    }

    private static IEnumerable<State> Steps(State state)
    {
        foreach (OwnedObject thing in state.Values)
        {
            IEnumerable<State> steps = thing.IsDeleting ? Finish(state, thing) : Collect(state, thing);
            foreach (State next in steps) yield return next;
        }
    }

    private static IEnumerable<State> Finish(State state, OwnedObject going)
    {
        if (going.Finalizers.Contains(Orphan))
        {
            OwnedObject[] dependents = [.. Dependents(state, going)];
            foreach (OwnedObject dependent in dependents)
            {
                ImmutableArray<Reference> kept =
                    [.. dependent.Owners.Where(owner => PlaceOf(owner, dependent) != going.Place || owner.Uid != going.Uid)];
                yield return state.SetItem(dependent.Place, dependent with { Owners = kept });
            }

            if (dependents.Length == 0) yield return Release(state, going.Place, Orphan);
        }

        if (going.Finalizers.Contains(Foreground) && !IsBlocked(state, going)) yield return Release(state, going.Place, Foreground);
    }

    private static IEnumerable<State> Collect(State state, OwnedObject thing)
    {
        if (thing.Owners.IsEmpty || thing.Owners.Any(owner => PlaceOf(owner, thing) is null)) yield break;
        ImmutableArray<Reference> solid = [.. thing.Owners.Where(owner => Owner(state, owner, thing) is { } found && !Waits(found))];
        bool waiting = thing.Owners.Any(owner => Owner(state, owner, thing) is { } found && Waits(found));
        if (solid.Length == thing.Owners.Length) yield break;
        if (solid.Length > 0)
        {
            yield return state.SetItem(thing.Place, thing with { Owners = solid });
            yield break;
        }

        string? standing = thing.Finalizers.Contains(Orphan) ? Orphan : thing.Finalizers.Contains(Foreground) ? Foreground : null;
        yield return Delete(state, thing.Place, waiting && Dependents(state, thing).Any() ? Foreground : standing);
    }

    /// <summary>An edge from each waiting object to what it waits for; what lies on a way back to the object does not count.</summary>
    private static bool IsBlocked(State state, OwnedObject going) =>
        Blockers(state, going).Any(blocker => !(Waits(blocker) && Reaches(state, blocker, going, [])));

    private static bool Reaches(State state, OwnedObject from, OwnedObject to, HashSet<string> seen) => seen.Add(from.Place)
        && Blockers(state, from).Any(blocker => blocker == to || (Waits(blocker) && Reaches(state, blocker, to, seen)));

    private static IEnumerable<OwnedObject> Blockers(State state, OwnedObject owner) => Dependents(state, owner).Where(dependent =>
        dependent != owner
        && dependent.Owners.Any(link => link.Blocks && link.Uid == owner.Uid && PlaceOf(link, dependent) == owner.Place));

    private static IEnumerable<OwnedObject> Dependents(State state, OwnedObject owner) => state.Values.Where(dependent =>
        dependent.Owners.Any(link => link.Uid == owner.Uid && PlaceOf(link, dependent) == owner.Place));

    private static bool Waits(OwnedObject thing) => thing.IsDeleting && thing.Finalizers.Contains(Foreground);

    private static OwnedObject? Owner(State state, Reference link, OwnedObject dependent) =>
        state.GetValueOrDefault(PlaceOf(link, dependent)!) is { } found && found.Uid == link.Uid ? found : null;

    /// <summary>Where a reference points; null where there is no telling.</summary>
    private static string? PlaceOf(Reference link, OwnedObject dependent)
    {
        if (!Kinds.TryGetValue(link.Kind, out bool namespaced)) return null;
        if (!namespaced) return $"{link.Kind}//{link.Name}";
        return dependent.Namespace.Length == 0 ? null : $"{link.Kind}/{dependent.Namespace}/{link.Name}";
    }
}
