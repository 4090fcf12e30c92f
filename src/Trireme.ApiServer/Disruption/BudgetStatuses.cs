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
        IReadOnlyList<BudgetedPod> pods = _tally.Of(key);
        bool anyGoing = false;
        foreach (PodDisruptionBudget seen in _budgets.In(key))
        {
            var at = new ObjectKey(_budgets.Resource!, key, seen.Metadata.Name);
            if (_store.Get(at) is not { } stored) continue;
            await _changes.ChangeAsync(stored, document =>
            {
                // An eviction may have been allowed since; its count is in the status that is read here.
                if (document.Deserialize<PodDisruptionBudget>(ResourceJson.Options) is not { } budget) return;
                PodDisruptionBudgetStatus status = StatusOf(budget, pods);
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

    private PodDisruptionBudgetStatus StatusOf(PodDisruptionBudget budget, IReadOnlyList<BudgetedPod> pods)
    {
        BudgetedPod[] covered = [.. pods.Where(pod => BudgetRules.Covers(budget, pod.Labels))];
        string? fault = null;
        string @namespace = budget.Metadata.Namespace ?? "";
        int? expected = BudgetRules.CountsPods(budget.Spec) ? covered.Length : ExpectedOf(@namespace, covered, out fault);
        return BudgetRules.StatusOf(budget, covered, expected, fault, Time.GetUtcNow());
    }

    /// <summary>How many Pods those want that own them. Pods that nobody owns are expected by nobody, as in Kubernetes.</summary>
    private int? ExpectedOf(string @namespace, BudgetedPod[] pods, out string? fault)
    {
        fault = null;
        int expected = 0;
        var seen = new HashSet<string>();
        foreach (BudgetedPod pod in pods)
        {
            if (pod.Controller is not { } owner || !seen.Add(owner.Uid)) continue;
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
