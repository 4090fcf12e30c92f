using System.Text.Json.Nodes;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Resources;

namespace Trireme.ApiServer.Jobs;

/// <summary>Tells people what becomes of Jobs, in the words of Kubernetes.</summary>
internal sealed class JobEvents(ObjectWriter writer, ServedResources resources, TimeProvider time)
{
    private const string Component = "job-controller";

    /// <summary>Room for what tells events apart within the 253 characters of a name.</summary>
    private const int NamePrefixMax = 230;

    public async Task ReportAsync(StoredObject job, string reason, string message, bool isWarning = false)
    {
        if (resources.Find("events") is not { } events) return;
        string now = ResourceDocument.Timestamp(time.GetUtcNow());
        string prefix = job.Key.Name[..Math.Min(job.Key.Name.Length, NamePrefixMax)].TrimEnd('-', '.');
        string name = $"{prefix}.{Guid.NewGuid().ToString("N")[..16]}";
        var document = new JsonObject
        {
            ["apiVersion"] = events.Definition.ApiVersion,
            ["kind"] = events.Definition.Kind,
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = job.Key.Namespace,
                ["uid"] = Guid.NewGuid().ToString(),
                ["creationTimestamp"] = now,
            },
            ["involvedObject"] = new JsonObject
            {
                ["apiVersion"] = Job.TypeApiVersion,
                ["kind"] = Job.TypeKind,
                ["namespace"] = job.Key.Namespace,
                ["name"] = job.Key.Name,
                ["uid"] = job.Uid,
            },
            ["type"] = isWarning ? "Warning" : "Normal",
            ["reason"] = reason,
            ["message"] = message,
            ["count"] = 1,
            ["firstTimestamp"] = now,
            ["lastTimestamp"] = now,
            ["source"] = new JsonObject { ["component"] = Component },
            ["reportingComponent"] = Component,
            ["reportingInstance"] = "",
        };

        // Refused where the namespace goes; there is nobody to tell then.
        await writer.CreateAsync(new ObjectKey(events, job.Key.Namespace, name), PreparedObject.Of(document));
    }
}
