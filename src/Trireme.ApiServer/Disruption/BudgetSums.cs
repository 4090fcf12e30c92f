using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Disruption;

/// <summary>What the budgets of a namespace count of its Pods, as running sums.</summary>
internal sealed class BudgetSums(IEnumerable<PodDisruptionBudget> budgets)
{
    private readonly Dictionary<string, BudgetSum> _sums =
        budgets.ToDictionary(static budget => budget.Metadata.Name, static budget => new BudgetSum(budget));

    /// <summary>Takes a Pod as it is now instead of as it was.</summary>
    public void Put(BudgetedPod pod)
    {
        foreach (BudgetSum sum in _sums.Values) sum.Take(pod);
    }

    public void Remove(string name)
    {
        foreach (BudgetSum sum in _sums.Values) sum.GiveBack(name);
    }

    /// <summary>What a budget counts; nothing where there is no such budget.</summary>
    /// <param name="budget">Its name.</param>
    /// <param name="disrupted">Names of Pods that were let go and may not have been seen going.</param>
    public BudgetCount Of(string budget, IEnumerable<string> disrupted) =>
        _sums.GetValueOrDefault(budget)?.Count(disrupted) ?? BudgetCount.None;

    private sealed class BudgetSum(PodDisruptionBudget budget)
    {
        private readonly Dictionary<string, BudgetedPod> _pods = [];
        private readonly Dictionary<PodController, int> _controllers = [];
        private int _healthy;

        public void Take(BudgetedPod pod)
        {
            GiveBack(pod.Name);
            if (!BudgetRules.Covers(budget, pod.Labels)) return;
            _pods[pod.Name] = pod;
            if (pod.IsHealthy) _healthy++;
            if (pod.Controller is { } owner) _controllers[owner] = _controllers.GetValueOrDefault(owner) + 1;
        }

        public void GiveBack(string name)
        {
            if (!_pods.Remove(name, out BudgetedPod? pod)) return;
            if (pod.IsHealthy) _healthy--;
            if (pod.Controller is { } owner && --_controllers[owner] == 0) _controllers.Remove(owner);
        }

        public BudgetCount Count(IEnumerable<string> disrupted)
        {
            BudgetedPod[] going = [.. disrupted.Select(_pods.GetValueOrDefault).OfType<BudgetedPod>().Where(static pod => !pod.IsDeleting)];
            return new BudgetCount(
                _pods.Count,
                _healthy - going.Count(static pod => pod.IsHealthy),
                going.Select(static pod => pod.Name).ToHashSet(),
                [.. _controllers.Keys]);
        }
    }
}

/// <summary>What a budget counts at a moment.</summary>
/// <param name="Pods">How many Pods it covers.</param>
/// <param name="Healthy">How many of them are ready and stay.</param>
/// <param name="Going">Those that were let go and are there yet.</param>
/// <param name="Controllers">Who keeps them.</param>
internal sealed record BudgetCount(
    int Pods, int Healthy, IReadOnlySet<string> Going, IReadOnlyList<PodController> Controllers)
{
    public static BudgetCount None { get; } = new(0, 0, new HashSet<string>(), []);
}
