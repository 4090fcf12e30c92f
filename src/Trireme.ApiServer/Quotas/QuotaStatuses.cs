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
    ObjectStore store, ServedResources resources, NamespacedIndex<ResourceQuota> quotas, ObjectDeletion changes)
{
    private readonly ServedResource? _pods = resources.Find(QuotaResources.Pods);

    /// <summary>What a namespace holds now, as far as its quotas count it.</summary>
    public NamespaceContent Read(string @namespace)
    {
        bool countsPods = _pods is not null && quotas.In(@namespace).Any(QuotaUsage.CountsPods);
        return new NamespaceContent(
            store.Read(reader => reader.ContentCounts(@namespace)).ToDictionary(static kind => kind.Resource, static kind => kind.Count),
            countsPods ? [.. store.List(new ListQuery(_pods!, @namespace)).Objects.Select(static stored => stored.Document)] : []);
    }

    /// <summary>Writes what is used where the quotas say otherwise.</summary>
    /// <exception cref="IOException">Other writes of a quota came first with every try.</exception>
    public async Task WriteAsync(string @namespace)
    {
        NamespaceContent content = Read(@namespace);
        foreach (ResourceQuota quota in quotas.In(@namespace))
        {
            var key = new ObjectKey(quotas.Resource!, @namespace, quota.Metadata.Name);
            if (store.Get(key) is not { } stored || stored.Document.IsDeleting()) continue;
            JsonObject status = StatusOf(quota, content);
            await changes.ChangeAsync(stored, document => document["status"] = status.DeepClone());
        }
    }

    private static JsonObject StatusOf(ResourceQuota quota, NamespaceContent content)
    {
        var hard = new JsonObject();
        foreach ((string name, string amount) in quota.Spec?.Hard ?? new Dictionary<string, string>()) hard[name] = amount;
        Dictionary<string, Quantity> used = QuotaUsage.Of(quota, content.Counts, content.Pods);
        return new JsonObject { ["hard"] = hard, ["used"] = Quantities.Write(used) };
    }
}

/// <summary>What a namespace holds.</summary>
/// <param name="Counts">Objects of each kind by its qualified plural.</param>
/// <param name="Pods">Its Pods; empty where no quota counts them.</param>
internal sealed record NamespaceContent(IReadOnlyDictionary<string, long> Counts, IReadOnlyList<JsonObject> Pods);
