using System.Text.Json.Nodes;
using Trireme.ApiServer.Admission;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.GarbageCollection;

/// <summary>Deletes objects all of whose owners are gone, and takes references that lead nowhere off those with another owner.</summary>
internal sealed class DependentCollector(OwnerGraph graph, ObjectDeletion deletion, UseProtection protection, OwnerEvents events)
{
    /// <summary>Objects that lost their owners but are in use: they go with their last user.</summary>
    private readonly HashSet<ObjectKey> _inUse = [];

    /// <summary>Puts on the worklist what was in use until a change of one of its users.</summary>
    public void Note(Change change, Worklist work)
    {
        if (_inUse.Count == 0 || !protection.CanUse(change.Object.Key.Resource)) return;
        foreach (ObjectKey key in _inUse.Where(key => key.Namespace == change.Object.Key.Namespace).ToList())
        {
            _inUse.Remove(key);
            work.Add(key);
        }
    }

    public async Task CollectAsync(StoredObject dependent)
    {
        OwnerLink[] displaced = [.. OwnerLink.AllOf(dependent.Document).Where(link => IsDisplaced(link, dependent.Key))];
        foreach (OwnerLink link in displaced) await events.ReportInvalidNamespaceAsync(dependent, link);

        // The owners are looked up again with every try: by then the dependent may have others.
        IReadOnlyList<UserOfObject> users = [];
        await deletion.DecideAsync(dependent, current =>
        {
            DependentFate decision = Decide(current);
            if (decision.Action == DependentAction.Forget) return Without(current, decision.Forgotten);
            users = decision.Action == DependentAction.Delete ? protection.UsersOf(current.Key) : [];
            return decision.Action == DependentAction.Keep || users.Count > 0
                ? null
                : deletion.Mark(current.Document, decision.Propagation);
        });
        if (users.Count == 0) return;
        _inUse.Add(dependent.Key);
        await events.ReportInUseAsync(dependent, users);
    }

    private static JsonObject Without(StoredObject current, IReadOnlyList<OwnerLink> forgotten)
    {
        JsonObject after = current.ToDocument();
        after.RemoveOwners(forgotten.Contains);
        return after;
    }

    private DependentFate Decide(StoredObject current)
    {
        if (current.Document.IsDeleting()) return DependentFate.Keep;
        (OwnerLink Link, OwnerState State)[] owners =
            [.. OwnerLink.AllOf(current.Document).Select(link => (link, graph.StateOf(link, current.Key)))];
        bool hasDependents = owners.Any(owner => owner.State == OwnerState.Waiting) && graph.DependentsOf(current).Any();
        return OwnershipRules.Decide(owners, hasDependents, current.Document.Metadata().TextList("finalizers"));
    }

    /// <summary>True if the owner is there, but where it cannot own this object.</summary>
    private bool IsDisplaced(OwnerLink link, ObjectKey dependent) =>
        graph.StateOf(link, dependent) is OwnerState.Absent or OwnerState.Unknown && graph.FoundElsewhere(link, dependent) is not null;
}
