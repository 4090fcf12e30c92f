using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;

namespace Trireme.ApiServer.Disruption;

/// <summary>What budgets look at in a Pod.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="IsReady">Whether it is ready.</param>
/// <param name="IsDeleting">Whether it is on its way out.</param>
/// <param name="Controller">Who keeps it; null where nobody does.</param>
internal sealed record BudgetedPod(
    string Name, IReadOnlyDictionary<string, string> Labels, bool IsReady, bool IsDeleting, PodController? Controller)
{
    public bool IsHealthy => IsReady && !IsDeleting;

    public static BudgetedPod Of(StoredObject stored)
    {
        JsonObject pod = stored.Document;
        return new BudgetedPod(
            stored.Key.Name, BudgetRules.LabelsOf(pod), BudgetRules.IsReady(pod), pod.IsDeleting(), PodController.Of(pod));
    }
}

/// <summary>The owner of a Pod that keeps as many as it wants.</summary>
internal sealed record PodController(string ApiVersion, string Kind, string Name, string Uid)
{
    public static PodController? Of(JsonObject pod)
    {
        JsonObject? owner = pod.OwnerReferences().FirstOrDefault(static owner => owner["controller"]?.ToString() == "true");
        return owner is null ? null : new PodController(Text("apiVersion"), Text("kind"), Text("name"), Text("uid"));

        string Text(string member) => owner.Text(member) ?? "";
    }
}
