using System.Text.Json;
using System.Text.Json.Nodes;
using Trireme.ApiServer.Projections;
using Trireme.ApiServer.Resources;
using Trireme.ApiServer.Tables;
using Trireme.Contracts.Resources;
using Trireme.Contracts.Schema;
using Trireme.Contracts.Serialization;

namespace Trireme.ApiServer.Pods;

/// <summary>
/// v1 Pod of each replica that is a process of this machine, so that the tools for Pods and their logs find it. They lie in one list with
/// the Pods that are stored, and no two of them in a namespace have one name.
/// </summary>
internal sealed class PodKind(PodFace face) : IProjectedKind
{
    public ResourceDefinition Definition => ResourceCatalog.Pods;

    public string Source => "modelreplicas." + TriremeApi.Group;

    public IReadOnlyList<TableColumn> Columns => PodColumns.All;

    public IReadOnlyList<string> Fields => [];

    public IReadOnlyList<string> Categories => [];

    public IReadOnlyList<Subresource> Subresources => [];

    public string? InsteadOfWriting =>
        "this Pod shows what runs a ModelReplica and is not written: change the ModelService, which puts other replicas in its place";

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
