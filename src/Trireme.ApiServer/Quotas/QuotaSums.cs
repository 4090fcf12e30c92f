using System.Text.Json.Nodes;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Quotas;

/// <summary>
/// What a namespace has of all that its quotas count. What each Pod takes is remembered, so that what it gives back is exactly that.
/// </summary>
/// <param name="quotas">The namespace's quotas.</param>
/// <param name="counts">How many objects of each kind it has, by qualified plural.</param>
internal sealed class QuotaSums(IEnumerable<ResourceQuota> quotas, IEnumerable<(string Resource, long Count)> counts)
{
    private readonly QuotaSum[] _sums = [.. quotas.Select(static quota => new QuotaSum(quota))];
    private readonly Dictionary<string, long> _counts = counts.ToDictionary(static kind => kind.Resource, static kind => kind.Count);

    /// <summary>Whether any of the quotas counts Pods, so that they must be told.</summary>
    public bool CountsPods => _sums.Any(static sum => sum.CountsPods);

    /// <summary>Counts one object more, or less.</summary>
    public void Count(string kind, long change) => _counts[kind] = _counts.GetValueOrDefault(kind) + change;

    /// <summary>Takes a Pod as it is now instead of as it was.</summary>
    public void Put(string name, JsonObject pod)
    {
        foreach (QuotaSum sum in _sums) sum.Take(name, pod);
    }

    public void Remove(string name)
    {
        foreach (QuotaSum sum in _sums) sum.GiveBack(name);
    }

    public IReadOnlyList<(ResourceQuota Quota, Dictionary<string, Quantity> Used)> Used() =>
        [.. _sums.Select(sum => (sum.Quota, QuotaUsage.Of(sum.Quota, _counts, sum.OfPods)))];

    /// <summary>What the Pods take of one quota.</summary>
    private sealed class QuotaSum(ResourceQuota quota)
    {
        private readonly Dictionary<string, Dictionary<string, Quantity>> _byPod = [];

        public ResourceQuota Quota => quota;

        public bool CountsPods { get; } = QuotaUsage.CountsPods(quota);

        public Dictionary<string, Quantity> OfPods { get; } = [];

        public void Take(string name, JsonObject pod)
        {
            GiveBack(name);
            Dictionary<string, Quantity> taken = QuotaUsage.OfNew(quota, QuotaResources.Pods, pod);
            if (taken.Count == 0) return;
            _byPod[name] = taken;
            foreach ((string resource, Quantity amount) in taken) OfPods[resource] = OfPods.GetValueOrDefault(resource) + amount;
        }

        public void GiveBack(string name)
        {
            if (!_byPod.Remove(name, out Dictionary<string, Quantity>? taken)) return;
            foreach ((string resource, Quantity amount) in taken) OfPods[resource] -= amount;
        }
    }
}
