using Trireme.Contracts.Resources;

namespace Trireme.Kubernetes;

/// <summary>Clients over one connection.</summary>
public sealed class ResourceClients(KubernetesConnection connection, string fieldManager = ResourceClients.DefaultFieldManager)
    : IResourceClients
{
    /// <summary>Owner of the fields that the control loops write.</summary>
    public const string DefaultFieldManager = "trireme-operator";

    public IResourceClient<T> Of<T>()
        where T : class, IResource =>
        new ResourceClient<T>(connection, fieldManager);
}
