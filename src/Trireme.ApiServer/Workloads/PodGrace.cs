using System.Globalization;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Resources;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Workloads;

/// <summary>
/// How a stored Pod goes: one that is bound to a machine keeps its object until its machine says that it has ended, by a second deletion
/// without grace, or until its time is over. All others go at once.
/// </summary>
internal static class PodGrace
{
    private const string Timestamp = "deletionTimestamp";
    private const string Seconds = "deletionGracePeriodSeconds";

    public static bool Concerns(JsonObject document) => document.Text("kind") == Pod.TypeKind && document.Text("apiVersion") == "v1";

    /// <summary>True while the time of a Pod that is being deleted is not over.</summary>
    public static bool Holds(JsonObject document) => Concerns(document) && document.IsDeleting() && Left(document) > 0;

    /// <summary>The seconds of grace of a Pod that is being deleted.</summary>
    public static long Left(JsonObject pod) => ResourceDocument.WholeNumber(pod.Metadata()[Seconds]) ?? 0;

    /// <summary>Marks a Pod as being deleted, or shortens the time of one that is.</summary>
    /// <param name="pod">The next state, changed in place.</param>
    /// <param name="asked">The seconds the deletion asks for; null leaves it to the Pod.</param>
    /// <param name="now">The time of day.</param>
    public static void Mark(JsonObject pod, long? asked, DateTimeOffset now)
    {
        long seconds = SecondsOf(pod, asked);
        JsonObject metadata = pod.Metadata();
        if (!pod.IsDeleting())
        {
            metadata[Timestamp] = ResourceDocument.Timestamp(now.AddSeconds(seconds));
            metadata[Seconds] = seconds;
            long? generation = ResourceDocument.WholeNumber(metadata["generation"]);
            if (seconds > 0 && generation is not null) metadata["generation"] = generation + 1;
            return;
        }

        long left = Left(pod);
        bool isTime = DateTimeOffset.TryParse(
            metadata.Text(Timestamp), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset end);
        if (seconds >= left || !isTime) return;
        metadata[Timestamp] = ResourceDocument.Timestamp(end.AddSeconds(seconds - left));
        metadata[Seconds] = seconds;
    }

    private static long SecondsOf(JsonObject pod, long? asked)
    {
        bool isBound = (pod.Find("spec", "nodeName") as JsonValue)?.ToString() is { Length: > 0 };
        bool hasEnded = pod.Find("status", "phase")?.ToString() is "Succeeded" or "Failed";
        if (!isBound || hasEnded) return 0;
        long seconds = asked ?? ResourceDocument.WholeNumber(pod.Find("spec", "terminationGracePeriodSeconds")) ?? 0;
        return seconds < 0 ? 1 : Math.Min(seconds, int.MaxValue);
    }
}
