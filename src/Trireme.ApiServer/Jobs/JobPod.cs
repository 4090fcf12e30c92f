using System.Globalization;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Disruption;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.ApiServer.Workloads;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Jobs;

/// <summary>A Pod as its Job sees it.</summary>
/// <param name="Uid">Its UID.</param>
/// <param name="HasSucceeded">Whether it ended well.</param>
/// <param name="HasFailed">Whether it ended otherwise.</param>
/// <param name="IsDeleting">Whether it is being deleted.</param>
/// <param name="IsGone">Whether it is being deleted and its time is over: it will never say how it ended.</param>
/// <param name="IsTracked">Whether it is held until its end is counted.</param>
/// <param name="IsReady">Whether it is ready.</param>
/// <param name="Restarts">Times its containers were started again.</param>
internal sealed record JobPod(
    string Uid, bool HasSucceeded, bool HasFailed, bool IsDeleting, bool IsGone, bool IsTracked, bool IsReady = false, int Restarts = 0)
{
    public bool HasEnded => HasSucceeded || HasFailed;

    public static JobPod Of(StoredObject stored)
    {
        JsonObject pod = stored.Document;
        string phase = pod.Find("status", "phase")?.ToString() ?? "";
        return new JobPod(
            stored.Uid,
            phase == "Succeeded",
            phase == "Failed",
            pod.IsDeleting(),
            pod.IsDeleting() && !PodGrace.Holds(pod),
            pod.Metadata().TextList("finalizers").Contains(JobRules.Finalizer),
            BudgetRules.IsReady(pod),
            RestartsOf(pod));
    }

    private static int RestartsOf(JsonObject pod)
    {
        int restarts = 0;
        foreach (JsonObject container in PodDefaults.Items(pod["status"] as JsonObject ?? [], "containerStatuses"))
        {
            bool isNumber = int.TryParse(
                container["restartCount"]?.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out int count);
            if (isNumber) restarts += count;
        }

        return restarts;
    }
}
