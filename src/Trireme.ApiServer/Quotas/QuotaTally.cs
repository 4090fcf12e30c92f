using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Workloads;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Quotas;

/// <summary>
/// What is used of the quotas of each namespace, as running sums: a creation among thousands of Pods looks at none of them.
/// </summary>
internal sealed class QuotaTally(ObjectStore store, ServedResources resources, NamespacedIndex<ResourceQuota> quotas)
    : NamespaceTally<QuotaSums>(store)
{
    private readonly ServedResource? _pods = resources.Find(QuotaResources.Pods);

    /// <summary>The quotas of a namespace, in the order of their names, with what is used of each.</summary>
    public IReadOnlyList<(ResourceQuota Quota, Dictionary<string, Quantity> Used)> Of(string @namespace) =>
        Read(@namespace, static sums => sums.Used());

    protected override QuotaSums Make(string @namespace, StoreReader snapshot)
    {
        var sums = new QuotaSums(quotas.In(@namespace), snapshot.ContentCounts(@namespace));
        if (_pods is null || !sums.CountsPods) return sums;
        foreach (StoredObject pod in snapshot.Rows(new ListQuery(_pods, @namespace))) sums.Put(pod.Key.Name, pod.Document);
        return sums;
    }

    protected override void Apply(QuotaSums tally, Change change)
    {
        ObjectKey key = change.Object.Key;
        if (change.Type != ChangeType.Updated) tally.Count(key.Resource.QualifiedPlural, change.Type == ChangeType.Created ? 1 : -1);
        if (key.Resource != _pods || !tally.CountsPods) return;
        if (change.Type == ChangeType.Deleted) tally.Remove(key.Name);
        else tally.Put(key.Name, change.Object.Document);
    }

    protected override bool Resets(Change change) => change.Object.Key.Resource == quotas.Resource && change.ChangesSpec;
}
