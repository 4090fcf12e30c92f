using Trireme.Contracts.Resources;

namespace Trireme.Kubernetes;

/// <summary>Clients over one connection.</summary>
public sealed class ResourceClients(KubernetesConnection connection, string fieldManager = ResourceClients.OperatorManager)
    : IResourceClients
{
    public const string OperatorManager = "trireme-operator";

    public IResourceClient<T> Of<T>()
        where T : class, IResource =>
        new ResourceClient<T>(connection, fieldManager);
}
