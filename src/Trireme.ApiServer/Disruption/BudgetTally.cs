using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Workloads;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Disruption;

/// <summary>What budgets count in their namespaces, so that a change of one Pod has no other looked at.</summary>
internal sealed class BudgetTally(ObjectStore store, ServedResources resources, NamespacedIndex<PodDisruptionBudget> budgets)
    : NamespaceTally<BudgetSums>(store)
{
    private readonly ServedResource? _pods = resources.Find("pods");

    /// <summary>What a budget counts now.</summary>
    /// <param name="namespace">Its namespace.</param>
    /// <param name="budget">Its name.</param>
    /// <param name="disrupted">Names of Pods that were let go and may not have been seen going.</param>
    public BudgetCount Of(string @namespace, string budget, IReadOnlyList<string> disrupted) =>
        Read(@namespace, sums => sums.Of(budget, disrupted));

    protected override BudgetSums Make(string @namespace, StoreReader snapshot)
    {
        var sums = new BudgetSums(budgets.In(@namespace));
        if (_pods is null) return sums;
        foreach (StoredObject pod in snapshot.Rows(new ListQuery(_pods, @namespace))) sums.Put(BudgetedPod.Of(pod));
        return sums;
    }

    protected override void Apply(BudgetSums tally, Change change)
    {
        ObjectKey key = change.Object.Key;
        if (key.Resource != _pods) return;
        if (change.Type == ChangeType.Deleted) tally.Remove(key.Name);
        else tally.Put(BudgetedPod.Of(change.Object));
    }

    protected override bool Resets(Change change) => change.Object.Key.Resource == budgets.Resource && change.ChangesSpec;
}
