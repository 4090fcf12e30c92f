using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Trireme.ApiServer.GarbageCollection;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Workloads;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Disruption;

/// <summary>Keeps the statuses of budgets what the Pods of their namespaces make of them.</summary>
internal sealed class BudgetStatuses : KeyedController<string>
{
    /// <summary>How often a budget with Pods that were let go is looked at again.</summary>
    private static readonly TimeSpan GoingInterval = TimeSpan.FromSeconds(30);

    private readonly ObjectStore _store;
    private readonly ServedResources _resources;
    private readonly NamespacedIndex<PodDisruptionBudget> _budgets;
    private readonly BudgetTally _tally;
    private readonly ObjectDeletion _changes;
    private readonly ServedResource? _pods;

    public BudgetStatuses(
        ObjectStore store,
        ServedResources resources,
        NamespacedIndex<PodDisruptionBudget> budgets,
        BudgetTally tally,
        ObjectDeletion changes,
        ApiServerOptions options,
        ILogger<BudgetStatuses> logger)
        : base(options, logger)
    {
        _store = store;
        _resources = resources;
        _budgets = budgets;
        _tally = tally;
        _changes = changes;
        _pods = resources.Find("pods");
        store.Changes.Observe(Note);
    }

    protected override void Begin()
    {
        foreach (string @namespace in _budgets.Namespaces) Due.Add(@namespace);
    }

    protected override async Task<TimeSpan?> LookAsync(string key)
    {
        if (!_budgets.Any(key)) return null;
        bool anyGoing = false;
        foreach (PodDisruptionBudget seen in _budgets.In(key))
        {
            var at = new ObjectKey(_budgets.Resource!, key, seen.Metadata.Name);
            if (_store.Get(at) is not { } stored) continue;
            await _changes.ChangeAsync(stored, document =>
            {
                // An eviction may have been allowed since; its count is in the status that is read here.
                if (document.Deserialize<PodDisruptionBudget>(ResourceJson.Options) is not { } budget) return;
                PodDisruptionBudgetStatus status = StatusOf(key, budget);
                anyGoing |= status.DisruptedPods is not null;
                document["status"] = JsonSerializer.SerializeToNode(status, ResourceJson.Options);
            });
        }

        return anyGoing ? GoingInterval : null;
    }

    private void Note(IReadOnlyList<Change> changes)
    {
        foreach (Change change in changes)
        {
            ObjectKey key = change.Object.Key;
            bool matters = key.Resource == _pods || key.Resource == _budgets.Resource;
            if (matters && _budgets.Any(key.Namespace)) Due.Add(key.Namespace);
        }
    }

    private PodDisruptionBudgetStatus StatusOf(string @namespace, PodDisruptionBudget budget)
    {
        DateTimeOffset now = Time.GetUtcNow();
        BudgetCount counted = _tally.Of(@namespace, budget.Metadata.Name, BudgetRules.Disrupted(budget, now));
        string? fault = null;
        int? expected = BudgetRules.CountsPods(budget.Spec) ? counted.Pods : ExpectedOf(@namespace, counted.Controllers, out fault);
        return BudgetRules.StatusOf(budget, counted, expected, fault, now);
    }

    /// <summary>How many Pods those want that own them. Pods that nobody owns are expected by nobody, as in Kubernetes.</summary>
    private int? ExpectedOf(string @namespace, IReadOnlyList<PodController> owners, out string? fault)
    {
        fault = null;
        int expected = 0;
        foreach (PodController owner in owners.DistinctBy(static owner => owner.Uid))
        {
            ServedResource? kind = _resources.FindKind(owner.ApiVersion, owner.Kind);
            if (kind?.Definition.Scale is not { } scale)
            {
                fault = $"{kind?.ToString() ?? owner.Kind} does not implement the scale subresource";
                return null;
            }

            JsonObject? document = _store.Get(new ObjectKey(kind, @namespace, owner.Name))?.Document;
            string? wanted = document?.Find(scale.Wanted.Split('.'))?.ToString();
            if (int.TryParse(wanted, NumberStyles.None, CultureInfo.InvariantCulture, out int number)) expected += number;
        }

        return expected;
    }
}
