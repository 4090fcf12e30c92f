using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Requests;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Tables;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Pods;

/// <summary>v1 Pod: each replica that is a process of this machine, so that the tools for Pods and their logs find it.</summary>
internal sealed class PodKind(PodFace face) : IProjectedKind
{
    public const string Log = "log";

    public ResourceDefinition Definition { get; } = ResourceDefinition.Of<Pod>("pods") with { ShortNames = ["po"] };

    public string Source => "modelreplicas." + TriremeApi.Group;

    public IReadOnlyList<TableColumn> Columns => PodColumns.All;

    public IReadOnlyList<string> Fields { get; } =
        ["spec.nodeName", "spec.restartPolicy", "status.phase", "status.podIP"];

    public IReadOnlyList<string> Categories { get; } = ["all"];

    public IReadOnlyList<Subresource> Subresources { get; } =
        [new(Log, "", "v1", Pod.TypeKind, ["get"], RequestContent.Text)];

    public string InsteadOfWriting =>
        "Pods show what runs a ModelReplica and are not written: change the ModelService, which puts other replicas in its place";

    public JsonObject? Project(JsonObject source)
    {
        ModelReplica replica;
        try
        {
            replica = source.Deserialize<ModelReplica>(ResourceJson.Options)!;
        }
        catch (JsonException)
        {
            // A replica that nobody can read runs nothing; its own kind still shows it as it is.
            return null;
        }

        return replica.Status is { Runtime: ReplicaRuntimes.Process } status
            ? JsonSerializer.SerializeToNode(PodProjection.Of(replica, status, face.NodeName), ResourceJson.Options)!.AsObject()
            : null;
    }
}
