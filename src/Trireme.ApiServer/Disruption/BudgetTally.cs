using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Workloads;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Disruption;

/// <summary>What budgets look at in the Pods of their namespaces, so that a change of one Pod has no other read again.</summary>
internal sealed class BudgetTally(ObjectStore store, ServedResources resources, NamespacedIndex<PodDisruptionBudget> budgets)
    : NamespaceTally<Dictionary<string, BudgetedPod>>(store)
{
    private readonly ServedResource? _pods = resources.Find("pods");

    public IReadOnlyList<BudgetedPod> Of(string @namespace) => Read(@namespace, static pods => pods.Values.ToArray());

    protected override Dictionary<string, BudgetedPod> Make(string @namespace, StoreReader snapshot) => _pods is null
        ? []
        : snapshot.Rows(new ListQuery(_pods, @namespace)).ToDictionary(static pod => pod.Key.Name, BudgetedPod.Of);

    protected override void Apply(Dictionary<string, BudgetedPod> tally, Change change)
    {
        ObjectKey key = change.Object.Key;
        if (key.Resource != _pods) return;
        if (change.Type == ChangeType.Deleted) tally.Remove(key.Name);
        else tally[key.Name] = BudgetedPod.Of(change.Object);
    }

    /// <summary>Without a budget nobody asks for the Pods any more.</summary>
    protected override bool Resets(Change change) =>
        change.Object.Key.Resource == budgets.Resource && !budgets.Any(change.Object.Key.Namespace);
}
