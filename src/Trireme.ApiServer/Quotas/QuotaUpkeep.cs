using Microsoft.Extensions.Logging;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Workloads;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Quotas;

/// <summary>Keeps the statuses of quotas what their namespaces hold.</summary>
internal sealed class QuotaUpkeep : KeyedController<string>
{
    private readonly NamespacedIndex<ResourceQuota> _quotas;
    private readonly QuotaStatuses _statuses;

    public QuotaUpkeep(
        ObjectStore store,
        NamespacedIndex<ResourceQuota> quotas,
        QuotaStatuses statuses,
        ApiServerOptions options,
        ILogger<QuotaUpkeep> logger)
        : base(options, logger)
    {
        _quotas = quotas;
        _statuses = statuses;
        store.Changes.Observe(Note);
    }

    protected override void Begin()
    {
        foreach (string @namespace in _quotas.Namespaces) Due.Add(@namespace);
    }

    protected override async Task<TimeSpan?> LookAsync(string key)
    {
        await _statuses.WriteAsync(key);
        return null;
    }

    private void Note(IReadOnlyList<Change> changes)
    {
        foreach (Change change in changes)
        {
            string @namespace = change.Object.Key.Namespace;
            if (@namespace.Length > 0 && _quotas.Any(@namespace)) Due.Add(@namespace);
        }
    }
}
