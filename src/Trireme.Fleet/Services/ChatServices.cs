using Trireme.Contracts.Engines;
using Trireme.Contracts.Resources;

namespace Trireme.Fleet.Services;

/// <summary>Tells services that a person can talk to from those that answer other requests, such as the tensors of an ONNX model.</summary>
public static class ChatServices
{
    /// <summary>Whether no engine of the service is of a kind that has no chat. What a service without replicas has is not known.</summary>
    /// <param name="service">The service.</param>
    /// <param name="replicas">Replicas of any services.</param>
    public static bool MayChat(ModelService service, IEnumerable<ModelReplica> replicas) => replicas
        .Where(replica => replica.Spec.Service == service.Metadata.Name && replica.Metadata.Namespace == service.Metadata.Namespace)
        .All(replica => EngineCatalog.Find(replica.Spec.Engine.Name) is null or { Chats: true });
}
