using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Trireme.ApiServer.Hosting;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Storage;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Workloads;

/// <summary>Puts the priority classes in place that every cluster has, before the first request.</summary>
internal sealed class SystemClasses(
    ObjectStore store, ServedResources resources, ObjectWriter writer, TimeProvider time, ILogger<SystemClasses> logger)
    : StoreUpkeep(time, logger)
{
    private readonly TimeProvider _time = time;

    protected override string Kept => "The system's priority classes";

    protected override async Task RoundAsync()
    {
        if (resources.Find("priorityclasses.scheduling.k8s.io") is not { } kind) return;
        foreach (PodPriorityClass known in PodPriorityClass.BuiltIn)
        {
            var key = new ObjectKey(kind, "", known.Metadata.Name);
            if (store.Exists(key)) continue;
            JsonObject document = JsonSerializer.SerializeToNode(known, ResourceJson.Options)!.AsObject();
            SystemObject.Identify(kind, document, _time.GetUtcNow());
            await writer.CreateAsync(key, PreparedObject.Of(document));
        }
    }
}
