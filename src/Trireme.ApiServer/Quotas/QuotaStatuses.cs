using System.Text.Json.Nodes;
using Trireme.ApiServer.GarbageCollection;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Workloads;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Quotas;

/// <summary>Says in the status of a namespace's quotas what is used.</summary>
internal sealed class QuotaStatuses(
    ObjectStore store, NamespacedIndex<ResourceQuota> quotas, QuotaTally tally, ObjectDeletion changes)
{
    /// <summary>Writes what is used where the quotas say otherwise.</summary>
    /// <exception cref="IOException">Other writes of a quota came first with every try.</exception>
    public async Task WriteAsync(string @namespace)
    {
        if (!quotas.Any(@namespace)) return;
        foreach ((ResourceQuota quota, Dictionary<string, Quantity> used) in tally.Of(@namespace))
        {
            var key = new ObjectKey(quotas.Resource!, @namespace, quota.Metadata.Name);
            if (store.Get(key) is not { } stored || stored.Document.IsDeleting()) continue;
            JsonObject status = StatusOf(quota, used);
            await changes.ChangeAsync(stored, document => document["status"] = status.DeepClone());
        }
    }

    private static JsonObject StatusOf(ResourceQuota quota, Dictionary<string, Quantity> used)
    {
        var hard = new JsonObject();
        foreach ((string name, string amount) in quota.Spec?.Hard ?? new Dictionary<string, string>()) hard[name] = amount;
        return new JsonObject { ["hard"] = hard, ["used"] = Quantities.Write(used) };
    }
}
